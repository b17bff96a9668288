import { isUtf8 } from 'node:buffer';
import { SyncError } from '@regfleet/model';

/**
 * The text of a config file: UTF-8, or UTF-16 where its first bytes say so, as Windows writes it and dregsy reads it.
 *
 * @param name - of the file, for messages.
 * @throws {SyncError} `CONFIG_UNREADABLE` for anything else: a password with a character that was lost would be a wrong one.
 */
export function decodeText(bytes: Buffer, name: string): string {
  const encoding = encodingOf(bytes);
  if (encoding !== undefined) return decodeUtf16(bytes, encoding, name);
  const text = bytes.toString('utf8');
  if (isUtf8(bytes)) return text;
  const line = text.slice(0, text.indexOf('\uFFFD')).split('\n').length;
  throw unreadable(name, `it is not UTF-8, in line ${line} for the first time`);
}

function decodeUtf16(bytes: Buffer, encoding: 'utf-16le' | 'utf-16be', name: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(name, 'it begins as UTF-16, and is damaged or cut off');
  }
}

/** By the byte order mark; absent: UTF-8, with one or without. */
function encodingOf([first, second]: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

const unreadable = (name: string, why: string): SyncError =>
  new SyncError('CONFIG_UNREADABLE', {
    message: `cannot read the config file ${name}: ${why}`,
    hint: 'save it as UTF-8',
  });

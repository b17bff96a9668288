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
  if (encoding !== undefined) return new TextDecoder(encoding).decode(bytes);
  const text = bytes.toString('utf8');
  if (isUtf8(bytes)) return text;
  const line = text.slice(0, text.indexOf('\uFFFD')).split('\n').length;
  throw new SyncError('CONFIG_UNREADABLE', {
    message: `cannot read the config file ${name}: it is not UTF-8, in line ${line} for the first time`,
    hint: 'save it as UTF-8',
  });
}

/** By the byte order mark; absent: UTF-8, with one or without. */
function encodingOf([first, second]: Buffer): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

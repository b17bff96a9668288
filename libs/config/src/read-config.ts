import { createReadStream, fstatSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { SyncError } from '@regfleet/model';
import { STDIN_NAME } from './parse.ts';

/** How a config file that is standard input is called on the command line. */
const STANDARD_INPUT = '-';

// A thousand tasks have less than one.
const MAX_BYTES = 16 * 1024 * 1024;

/** The file as messages name it. */
export const configName = (file: string): string => (file === STANDARD_INPUT ? STDIN_NAME : file);

const HINT = 'name an existing file with -c or REGFLEET_CONFIG, and let this process read it';

/** @throws {SyncError} `CONFIG_UNREADABLE`, also for more than any config has, as of a device. */
export async function readConfigBytes(file: string, hint = HINT): Promise<Buffer> {
  if (file === STDIN_NAME) {
    throw new SyncError('CONFIG_UNREADABLE', {
      message: 'the config came from standard input, which cannot be read again',
      hint: 'name a file with -c, or start the process again',
    });
  }
  try {
    return await wholeOf(file === STANDARD_INPUT ? standardInput() : createReadStream(file));
  } catch (error) {
    throw new SyncError('CONFIG_UNREADABLE', {
      message: `cannot read the config file ${configName(file)}: ${error instanceof Error ? error.message : String(error)}`,
      hint,
      cause: error,
    });
  }
}

/** Node takes a folder there for an empty file. */
function standardInput(): Readable {
  if (fstatSync(process.stdin.fd).isDirectory()) throw new Error('it is a directory');
  return process.stdin;
}

async function wholeOf(input: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES / 1024 / 1024} MiB`);
  }
  return Buffer.concat(chunks);
}

import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';

export interface WatchOptions {
  /** How long the content must stay the same before a change is reported; default 5,000, as dregsy does. */
  readonly quietMs?: number;
  /** Default 1,000. */
  readonly pollMs?: number;
}

export interface Watch {
  stop(): void;
}

/**
 * Calls `onChange` when the content of a file has changed and come to rest.
 *
 * Symbolic links are followed at every look, so that a Kubernetes ConfigMap is seen to be swapped. While the file is
 * missing or unreadable it counts as unchanged.
 */
export function watchFile(path: string, onChange: () => void, options: WatchOptions = {}): Watch {
  const { quietMs = 5_000, pollMs = 1_000 } = options;
  let known = lookNow(path);
  let reported = known.hash;
  let quiet: NodeJS.Timeout | undefined;
  const report = (): void => {
    reported = known.hash;
    onChange();
  };
  const look = async (): Promise<void> => {
    const next = await lookAgain(path, known);
    if (next.hash !== known.hash) {
      clearTimeout(quiet);
      if (next.hash !== reported) quiet = setTimeout(report, quietMs).unref();
    }
    known = next;
  };
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const schedule = (): void => {
    if (!stopped) timer = setTimeout(() => void look().finally(schedule), pollMs).unref();
  };
  schedule();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      clearTimeout(quiet);
    },
  };
}

interface Look {
  /** Changes whenever the file may have been written; absent: it could not be read. */
  readonly version?: string;
  readonly hash?: string;
}

type FileTimes = {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
};

const versionOf = ({ dev, ino, size, mtimeNs }: FileTimes): string => [dev, ino, size, mtimeNs].join(' ');

const hashOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

function lookNow(path: string): Look {
  try {
    return { version: versionOf(statSync(path, { bigint: true })), hash: hashOf(readFileSync(path)) };
  } catch {
    return {};
  }
}

async function lookAgain(path: string, known: Look): Promise<Look> {
  try {
    const version = versionOf(await stat(path, { bigint: true }));
    return version === known.version ? known : { version, hash: hashOf(await readFile(path)) };
  } catch {
    return known.hash === undefined ? {} : { hash: known.hash };
  }
}

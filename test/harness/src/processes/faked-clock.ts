import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Resource, resource } from '../resource.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { findBinary } from './binaries.ts';
import { runCommand } from './run-command.ts';

/** A clock of their own for some processes, by Debian's faketime. Timers run as ever. */
export interface FakedClock extends Resource {
  /** Environment of the processes that go by it. */
  readonly env: Readonly<Record<string, string>>;
  /** Puts it ahead of the real one, from now on and in every process; negative: behind. */
  setAheadMs(aheadMs: number): Promise<void>;
}

/** @returns absent where faketime is not installed. */
export async function fakedClock(): Promise<FakedClock | undefined> {
  const faketime = findFaketime();
  if (faketime === undefined) return undefined;
  const { stdout } = await runCommand([faketime, '-m', '-f', '+0', 'printenv', 'LD_PRELOAD']);
  const folder = await temporaryFolder();
  const file = join(folder.path, 'time');
  const setAheadMs = (aheadMs: number): Promise<void> =>
    writeFile(file, `${aheadMs < 0 ? '' : '+'}${aheadMs / 1000}`);
  await setAheadMs(0);
  return {
    env: {
      LD_PRELOAD: stdout.trim(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
    setAheadMs,
    ...resource(() => folder.stop()),
  };
}

function findFaketime(): string | undefined {
  try {
    return findBinary('faketime');
  } catch {
    return undefined;
  }
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@regfleet/harness';
import { regfleetSync } from '../contenders/regfleet.ts';
import { runMeasured } from '../process/measured-process.ts';
import { formatSeconds } from '../report/format.ts';
import type { Pass } from '../result.ts';
import { timeAtMost } from '../targets.ts';
import type { Workload } from './workload.ts';

// A start is short: more of them cost little, and tell what a disturbed one was.
const STARTS_PER_PASS = 5;
const VERSION = '--version';
const EMPTY = 'empty sync';

/** What a user waits before anything is done. */
export const start: Workload = {
  name: 'start',
  title: 'start of the command: `regfleet --version`, and a `sync` that has nothing to do',
  async measure({ passes: wanted, signal, say }) {
    await using folder = await temporaryFolder();
    const home = join(folder.path, 'home');
    await mkdir(home);
    const job = { sourceHost: '127.0.0.1:1', targetHost: '127.0.0.1:2', repositories: [], home };
    const { argv, env } = await regfleetSync().prepare({ ...job, folder: folder.path });
    const [command = ''] = argv;
    const commands = { [VERSION]: { argv: [command, VERSION], env }, [EMPTY]: { argv, env } };
    const passes: Pass[] = [];
    // The first of each fills the caches of Node and of the disk.
    for (let round = 0; round <= wanted * STARTS_PER_PASS; round += 1) {
      for (const [variant, started] of Object.entries(commands)) {
        const cost = await runMeasured(started, signal);
        if (round === 0) continue;
        passes.push({ contender: 'regfleet sync', variant, ...cost });
      }
    }
    for (const { variant, durationMs } of passes.slice(-2)) say(`${variant}: ${formatSeconds(durationMs)}`);
    return { tags: 0, passes, counts: [] };
  },
  targets: (measured) => [timeAtMost(measured, 100, VERSION), timeAtMost(measured, 180, EMPTY)],
};

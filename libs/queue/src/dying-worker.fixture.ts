/**
 * A process for tests that kill it: it takes copies and expansions and hangs on them, or dies of a copy by itself.
 *
 * Arguments: Redis URL, prefix, number of copies before it hangs, tag of which it dies. Prints `hangs` and how many of its jobs
 * hang; with a tag of which it dies no copy hangs.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { silentLogger } from '@regfleet/model';
import { connectFleet } from './fleet.ts';
import { COPIED, copying, QUICK_LOCKS } from './queue.fixture.ts';

const CONCURRENCY = 4;
// The others have begun by then, and have not ended.
const DIES_MS = 150;
const COPY_MS = 400;
const [url = '', prefix = '', count = '0', poison] = process.argv.slice(2);
let left = Number(count);
let hanging = 0;

function hang(): Promise<never> {
  hanging += 1;
  process.stdout.write(`hangs ${hanging}\n`);
  return new Promise(() => undefined);
}

const fleet = await connectFleet({ url, prefix, logger: silentLogger, deadlineMs: 5_000 });
fleet.consumeCopies({
  relays: ['direct'],
  servesLane: () => true,
  concurrency: CONCURRENCY,
  graceMs: 0,
  ...QUICK_LOCKS,
  process: copying(async ({ request }) => {
    if (poison !== undefined) {
      await pause(request.source.tag === poison ? DIES_MS : COPY_MS);
      if (request.source.tag === poison) process.kill(process.pid, 'SIGKILL');
      return COPIED;
    }
    left -= 1;
    return left >= 0 ? COPIED : hang();
  }),
});
fleet.consumeRuns({ concurrency: CONCURRENCY, graceMs: 0, ...QUICK_LOCKS, process: hang });

/**
 * A worker process for tests that kill it: it copies some images, then hangs on the next ones.
 *
 * Arguments: Redis URL, prefix, number of copies before it hangs. Prints `hangs` once all its slots hang.
 */
import { silentLogger } from '@regfleet/model';
import { connectFleet } from './fleet.ts';
import { COPIED, copying, QUICK_LOCKS } from './queue.fixture.ts';

const CONCURRENCY = 4;
const [url = '', prefix = '', count = '0'] = process.argv.slice(2);
let left = Number(count);
let hanging = 0;
const fleet = await connectFleet({ url, prefix, logger: silentLogger, deadlineMs: 5_000 });
fleet.consumeCopies({
  relays: ['direct'],
  servesLane: () => true,
  concurrency: CONCURRENCY,
  graceMs: 0,
  ...QUICK_LOCKS,
  process: copying(() => {
    left -= 1;
    if (left >= 0) return Promise.resolve(COPIED);
    hanging += 1;
    if (hanging === CONCURRENCY) process.stdout.write('hangs\n');
    return new Promise(() => undefined);
  }),
});

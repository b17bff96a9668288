/**
 * A worker process for tests that stop it in the middle of a copy which asks for leave before each step.
 *
 * Arguments: Redis URL, prefix. Prints `step` for each step, and why it does not take the next one: `refused <reason>`.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { silentLogger } from '@regfleet/model';
import { connectFleet } from './fleet.ts';
import { copying, QUICK_LOCKS } from './queue.fixture.ts';

const STEP_MS = 5;
const [url = '', prefix = ''] = process.argv.slice(2);
const fleet = await connectFleet({ url, prefix, logger: silentLogger, deadlineMs: 5_000 });
const gate = fleet.requestGate({ ratesOf: () => undefined, egress: 'default' });
fleet.consumeCopies({
  relays: ['direct'],
  servesLane: () => true,
  limitsOf: () => ({ source: 1 }),
  concurrency: 4,
  graceMs: 0,
  ...QUICK_LOCKS,
  process: copying(async ({ request }, context) => {
    for (;;) {
      try {
        await gate.pass(request.source, context.signal);
      } catch (reason) {
        process.stdout.write(`refused ${context.aborted}\n`);
        throw reason;
      }
      process.stdout.write('step\n');
      await pause(STEP_MS);
    }
  }),
});

import { RateLimitPauses } from '@regfleet/fleet';
import { describeFleet } from '@regfleet/fleet/contract';
import { openLocalFleet } from './local-fleet.ts';

describeFleet('local/local-fleet', async () => {
  const pauses = new RateLimitPauses({ mostInRow: 10, onPause: () => undefined });
  const fleet = openLocalFleet({ pauses });
  return {
    fleet,
    // Each is queued at once, and begins when somebody takes it.
    queue: async (runId, orders) => {
      for (const order of orders) void fleet.runs.enqueue(runId, order);
    },
    close: () => fleet.close(),
  };
});

import { describeFleet } from '@regfleet/fleet/contract';
import { useFleets } from './queue.fixture.ts';

const fleets = useFleets();

describeFleet('queue/fleet', async () => {
  const fleet = await fleets.connect();
  return {
    fleet,
    queue: async (runId, orders) => {
      await fleet.runs.enqueueAll(runId, orders);
    },
    close: () => fleet.close(),
  };
});

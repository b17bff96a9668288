import { describeMeters } from '@regfleet/fleet/contract';
import { LocalMeters } from './local-meters.ts';

describeMeters('local/local-meters', async () => {
  const meters = new LocalMeters();
  return { both: [meters, meters], close: async () => undefined };
});

import { hasBinary, startRedis } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { connectFleet } from '../fleet.ts';
import { openRun, orders, useFleets } from '../queue.fixture.ts';

const isThere = hasBinary('valkey-server');
const title = isThere ? 'queue/redis/valkey' : 'queue/redis/valkey (skipped: no valkey-server on PATH)';

describe.skipIf(!isThere)(title, () => {
  const fleets = useFleets();

  it('does every job of a run on a Valkey', async () => {
    await using valkey = await startRedis({ program: 'valkey-server' });
    const where = { url: valkey.url, prefix: 'p', logger: silentLogger, deadlineMs: 5_000 };
    const fleet = await connectFleet(where);
    fleets.onCleanUp(() => fleet.close());
    fleets.copies({ fleet });
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, orders(50));
    await fleet.runs.finishExpansion(runId, []);
    expect((await fleet.runs.wait(runId)).counts).toMatchObject({ enqueued: 50, copied: 50, failed: 0 });
  });
});

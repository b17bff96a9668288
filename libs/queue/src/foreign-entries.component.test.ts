import { eventually } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { INTERNALS } from './internals.ts';
import { keepingLogger, openRun, orders, useFleets } from './queue.fixture.ts';

const LANE = 'copy.direct.source.test_5000';
const NO_LANES = ['', 'runs', 'copy.direct.a:b', 'copy.direct.a/b'];

describe('queue/foreign-entries', () => {
  const fleets = useFleets();

  it('goes on when lanes are announced that can be none', async () => {
    const fleet = await fleets.connect();
    const { signals } = fleet[INTERNALS];
    await fleets.copies({ fleet });
    for (const name of NO_LANES) await signals.send('lane', name);
    const runId = await openRun(fleet);
    await fleet.runs.enqueue(runId, orders(1));
    await fleet.runs.finishExpansion(runId, []);
    expect((await fleet.runs.wait(runId)).counts).toMatchObject({ copied: 1 });
  });

  it('tells every listener of a signal, also when one of them throws', async () => {
    const { logger, lines } = keepingLogger();
    const { signals } = (await fleets.connect(logger))[INTERNALS];
    const heard: string[] = [];
    signals.listen((kind) => {
      if (kind === 'run') throw new Error('no');
    });
    signals.listen((kind, id) => heard.push(`${kind} ${id}`));
    await eventually(() => heard.length > 0);
    await signals.send('run', 'one');
    await eventually(() => heard.includes('run one'));
    expect(lines).toEqual([expect.stringContaining('a signal could not be followed')]);
  });

  it('leaves names out that can be of no lane, and tells of them once', async () => {
    const { logger, lines } = keepingLogger();
    const fleet = await fleets.connect(logger);
    const { client, keys } = fleet[INTERNALS];
    await client.sadd(keys.lanes, LANE, ...NO_LANES);
    expect(await fleet.lanes.list()).toEqual([LANE]);
    expect(await fleet.lanes.status()).toMatchObject([{ lane: LANE }]);
    expect(await fleet.lanes.depths()).toMatchObject([{ queue: 'runs' }, { queue: LANE }]);
    expect(lines).toEqual([expect.stringContaining(keys.lanes)]);
  });
});

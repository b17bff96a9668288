import { claimProbe, failed, type OutageNote, Outages, type SeenFailure, worked } from '@regfleet/fleet';
import { eventually } from '@regfleet/harness';
import { type Location, parseRegistryName, SyncError, silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { keepingLogger, useFleets } from '../queue.fixture.ts';
import { MOST_NOTES } from './scripts.ts';

const HUB = { cause: 'outage', registry: 'hub.test', account: '' } as const;
const seen: SeenFailure = {
  by: 'one',
  code: 'NETWORK_FAILED',
  hasWorked: false,
  mayHold: true,
  giveUpAfterMs: 60_000,
  isOnly: false,
};

const works = (note: OutageNote, nowMs: number) => worked(note, nowMs);

describe('queue/outages', () => {
  const fleets = useFleets();

  it('lets one of many processes probe, whoever asks at the same time', async () => {
    const processes = await Promise.all(Array.from({ length: 6 }, () => fleets.connect()));
    const claims = await Promise.all(
      processes.map(({ outages }, id) =>
        outages.change(HUB, (note, nowMs) => claimProbe(note, nowMs, `process ${id}`)),
      ),
    );
    expect(claims.filter(({ isMine }) => isMine)).toHaveLength(1);
  });

  it('counts every process that fails at the same time', async () => {
    const processes = await Promise.all(Array.from({ length: 6 }, () => fleets.connect()));
    const [{ outages }] = processes as [(typeof processes)[number]];
    await outages.change(HUB, works);
    await Promise.all(
      processes.map((fleet, id) =>
        fleet.outages.change(HUB, (note, nowMs) => failed(note, nowMs, { ...seen, by: `process ${id}` })),
      ),
    );
    const failing = await outages.change(HUB, (note) => ({ note, result: note.failing }));
    expect(new Set(failing).size).toBe(6);
  });

  it('outlives its processes, and ends by itself', async () => {
    const one = await fleets.connect();
    await one.outages.change(HUB, works);
    await one.close();
    const two = await fleets.connect();
    const { client, keys } = two.internals;
    const decision = await two.outages.change(HUB, (note, nowMs) => failed(note, nowMs, seen));
    expect(decision.kind).toBe('waits');
    expect(await client.pttl(keys.outages)).toBeGreaterThan(0);
    expect(await two.outages.list()).toMatchObject([
      { cause: 'outage', registry: 'hub.test', processes: 1, code: 'NETWORK_FAILED' },
    ]);
    await two.outages.change(HUB, works);
    expect(await two.outages.list()).toEqual([]);
  });

  it('takes what others wrote there for nothing, tells of it, and writes over it', async () => {
    const { logger, lines } = keepingLogger();
    const { outages, internals } = await fleets.connect(logger);
    const { client, keys } = internals;
    const isKnown = () => outages.change(HUB, (note) => ({ note, result: note.workedAtMs !== undefined }));
    for (const text of ['{', '{"workedAtMs":"yesterday"}', 'x'.repeat(100_000)]) {
      await client.hset(keys.outages, 'outage hub.test', text);
      expect(await isKnown()).toBe(false);
      expect(await outages.list()).toEqual([]);
      await outages.change(HUB, works);
      expect(await isKnown()).toBe(true);
    }
    const noUtf8 = Buffer.concat([
      Buffer.from('{"workedAtMs":1,"failing":["'),
      Buffer.of(0xff),
      Buffer.from('"]}'),
    ]);
    await client.hset(keys.outages, 'outage hub.test', noUtf8);
    await outages.change(HUB, works);
    const after = await client.hgetBuffer(keys.outages, 'outage hub.test');
    expect(after?.includes(0xff)).toBe(false);
    expect(lines.some((line) => line.includes('outages'))).toBe(true);
    await client.del(keys.outages);
    await client.set(keys.outages, 'a text');
    await outages.change(HUB, works);
    expect(await isKnown()).toBe(true);
  });

  it('keeps so many notes at most, and none of what the config does not name', async () => {
    const { outages, internals } = await fleets.connect();
    const { client, keys } = internals;
    const many = Array.from({ length: MOST_NOTES }, (_, index) => [`outage ${index}.test`, '{}']).flat();
    await client.hset(keys.outages, ...many);
    await outages.change(HUB, works);
    expect(await client.hlen(keys.outages)).toBe(MOST_NOTES);
    await outages.keepOnly((registry) => registry === '7.test');
    expect(await client.hkeys(keys.outages)).toEqual(['outage 7.test']);
  });

  it('goes on waiting for a registry when Redis is emptied meanwhile, and notices that it is back', async () => {
    const { outages: notes, holds, internals } = await fleets.connect();
    const { client, keys } = internals;
    const down = new SyncError('NETWORK_FAILED', { message: 'nobody answers', side: 'source' });
    const source: Location = {
      registry: parseRegistryName(HUB.registry),
      auth: { kind: 'anonymous' },
      tls: { skipVerify: false, certsDir: '' },
    };
    let error: SyncError | undefined = down;
    const outages = new Outages({
      id: 'one',
      notes,
      holds,
      isOnly: true,
      giveUpAfterMs: () => 60_000,
      locationsOf: () => [source],
      ask: async () => error,
      logger: silentLogger,
    });
    const judge = () =>
      outages.judge(down, { source }, { signal: AbortSignal.timeout(30_000), isShared: true });
    outages.worked(source, { tookMs: 0, endedThere: true });
    expect(await judge()).toBeDefined();
    await eventually(() => holds.current.length === 1);
    await client.flushall();
    expect(await judge()).toBeDefined();
    await eventually(async () => (await client.hexists(keys.holds, 'outage registry hub.test')) === 1, {
      deadlineMs: 10_000,
    });
    error = undefined;
    await eventually(async () => (await holds.list()).length === 0, { deadlineMs: 30_000 });
    await outages.close();
  });
});

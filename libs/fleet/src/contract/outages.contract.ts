import { type Location, parseRegistryName, type SyncError, silentLogger } from '@regfleet/model';
import { afterEach, expect, it } from 'vitest';
import { type CopyJob, type CopyVerdict, heedOutages, type JobContext, judged, Outages } from '../index.ts';
import { COPIED, failure, type OpenStore, orders, useStore } from './store.fixture.ts';

const HUB = 'hub.test';
const down = failure('NETWORK_FAILED', { side: 'source', registry: HUB });
const refused = failure('UNAUTHORIZED', { side: 'source', registry: HUB, httpStatus: 401 });

const locationAt = (host: string): Location => ({
  registry: parseRegistryName(host),
  auth: { kind: 'password-file', username: 'robot', passwordFile: '/run/password' },
  tls: { skipVerify: false, certsDir: '' },
});

/** How the registry is for one process, or for all. */
interface World {
  /** Why copies fail; absent: they do not. */
  error: SyncError | undefined;
  /** Whether what fails is the registry as a whole. */
  isWhole: boolean;
  /** As the config says. */
  location: Location;
  /** Another account of the same registry. */
  other?: Location;
}

/** Registries that are down, or refuse an account: what becomes of their copies. */
export function describeOutages(open: OpenStore): void {
  const store = useStore(open);
  let all: Outages[] = [];
  afterEach(async () => {
    await Promise.all(all.map((outages) => outages.close()));
    all = [];
  });

  const well = (): World => ({ error: undefined, isWhole: true, location: locationAt(HUB) });

  /** A process that copies from the registry as the world is for it. */
  function join(id: string, world: World, options: { giveUpAfterMs?: number; isOnly?: boolean } = {}) {
    const { giveUpAfterMs = 60_000, isOnly = true } = options;
    const seen = {
      asked: 0,
      locations: [] as Location[],
      attempts: [] as number[],
      verdicts: [] as string[],
    };
    const outages = new Outages({
      id,
      notes: store.fleet.outages,
      holds: store.fleet.holds,
      isOnly,
      giveUpAfterMs: () => giveUpAfterMs,
      locationsOf: (registry) =>
        registry === HUB ? [world.location, ...(world.other ? [world.other] : [])] : [],
      ask: async (_cause, location) => {
        seen.asked += 1;
        seen.locations.push(location);
        return world.isWhole ? world.error : undefined;
      },
      logger: silentLogger,
    });
    all.push(outages);
    const ends = { source: locationAt(HUB), target: locationAt('mirror.test') };
    const process = async (job: CopyJob, context: JobContext): Promise<CopyVerdict> => {
      seen.attempts.push(job.attempt);
      const verdict = await judged(context, async () => {
        if (world.error !== undefined) throw world.error;
        return COPIED;
      });
      return heedOutages(verdict, { ends, context, outages, tookMs: 0 });
    };
    const start = () =>
      store.copies({
        process,
        concurrency: 2,
        onVerdict: (_, { verdict }) => void seen.verdicts.push(verdict),
      });
    return { outages, seen, start };
  }

  /** Copies of a registry that works so far. */
  async function worked(process: ReturnType<typeof join>): Promise<void> {
    process.start();
    await store.ended(await store.ask(...orders(1, { source: HUB, prefix: 'before' })));
  }

  const held = (cause: 'outage' | 'login'): boolean =>
    store.fleet.holds.current.some((hold) => hold.cause === cause);

  it.each([
    ['is down', down, 'outage'],
    ['answers with a failure', failure('SERVER_FAILED', { side: 'source', httpStatus: 503 }), 'outage'],
  ] as const)(
    'spends no attempt while a registry that worked %s, and goes on once it is back',
    async (_, error, cause) => {
      const world = well();
      const process = join('one', world);
      await worked(process);
      world.error = error;
      const runId = await store.ask(...orders(5, { source: HUB }));
      await expect.poll(() => held(cause), { timeout: 5_000 }).toBe(true);
      world.error = undefined;
      expect((await store.ended(runId)).counts).toMatchObject({ copied: 5, failed: 0 });
      expect(new Set(process.seen.attempts)).toEqual(new Set([1]));
      expect(process.seen.verdicts).not.toContain('retry');
      expect(held(cause)).toBe(false);
    },
  );

  it('fails copies of a registry that has never worked as any other', async () => {
    const process = join('one', { ...well(), error: down });
    process.start();
    const run = await store.ended(await store.ask(...orders(1, { source: HUB, attempts: 2 })));
    expect(run.counts.failed).toBe(1);
    expect(process.seen.attempts).toEqual([1, 2]);
    expect(process.seen.asked).toBe(0);
  });

  it.each([
    ['a failure', failure('SERVER_FAILED', { side: 'source', httpStatus: 500 })],
    ['a refusal', refused],
  ])('fails copies by %s of what they ask for, where the registry works otherwise', async (_, error) => {
    const world = { ...well(), isWhole: false };
    const process = join('one', world);
    await worked(process);
    world.error = error;
    const run = await store.ended(await store.ask(...orders(1, { source: HUB, attempts: 2 })));
    expect(run.counts.failed).toBe(1);
    expect(store.fleet.holds.current).toEqual([]);
  });

  it('waits for a registry no longer than it may', async () => {
    const world = well();
    const process = join('one', world, { giveUpAfterMs: 1_500 });
    await worked(process);
    world.error = down;
    const run = await store.ended(await store.ask(...orders(2, { source: HUB, attempts: 2 })));
    expect(run.counts.failed).toBe(2);
    expect(run.errors[0]).toMatchObject({ code: 'NETWORK_FAILED' });
    expect(held('outage')).toBe(false);
  });

  it('takes no copy that began before an outage for the end of it, unless the registry answered last', async () => {
    const world = well();
    const process = join('one', world);
    await worked(process);
    world.error = down;
    const options = { signal: AbortSignal.timeout(30_000), isShared: true };
    const judge = () => process.outages.judge(down, { source: locationAt(HUB) }, options);
    const subject = { cause: 'outage', registry: HUB, account: '' } as const;
    const since = () => store.fleet.outages.change(subject, (note) => ({ note, result: note.downSinceMs }));
    await judge();
    const sinceMs = await since();
    expect(sinceMs).toBeGreaterThan(0);
    const before = { tookMs: 60_000, endedThere: false };
    for (let time = 0; time < 3; time += 1) {
      process.outages.worked(locationAt(HUB), before);
      await judge();
      expect(await since()).toBe(sinceMs);
    }
    expect(held('outage')).toBe(true);
    process.outages.worked(locationAt(HUB), { ...before, endedThere: true });
    await expect.poll(() => held('outage')).toBe(false);
  });

  it('waits for no registry where it must not', async () => {
    const world = well();
    const process = join('one', world, { giveUpAfterMs: 0 });
    await worked(process);
    world.error = down;
    const run = await store.ended(await store.ask(...orders(1, { source: HUB, attempts: 1 })));
    expect(run.counts.failed).toBe(1);
  });

  it('holds an account that is refused, and fails nothing once it is let in', async () => {
    const world = well();
    const process = join('one', world);
    await worked(process);
    world.error = refused;
    const runId = await store.ask(...orders(3, { source: HUB }));
    await expect.poll(() => held('login'), { timeout: 15_000 }).toBe(true);
    world.error = undefined;
    expect((await store.ended(runId)).counts).toMatchObject({ copied: 3, failed: 0 });
    expect(held('login')).toBe(false);
  });

  it('keeps no other account of a registry waiting for one that is refused, and fails none of its copies', async () => {
    const auth = { kind: 'password-file', username: 'another', passwordFile: '/run/another' } as const;
    const world: World = { ...well(), other: { ...locationAt(HUB), auth } };
    const process = join('one', world);
    await worked(process);
    world.error = refused;
    const runId = await store.ask(...orders(2, { source: HUB }));
    await expect
      .poll(() => process.seen.verdicts.filter((verdict) => verdict === 'defer').length)
      .toBeGreaterThan(2);
    expect(store.fleet.holds.current).toEqual([]);
    world.error = undefined;
    expect((await store.ended(runId)).counts).toMatchObject({ copied: 2, failed: 0 });
    expect(new Set(process.seen.attempts)).toEqual(new Set([1]));
  });

  it('holds nobody for a process that alone cannot reach a registry, which says so', async () => {
    const [worldOfOne, worldOfTwo] = [well(), well()];
    const one = join('one', worldOfOne, { isOnly: false });
    const two = join('two', worldOfTwo, { isOnly: false });
    await worked(one);
    worldOfOne.error = down;
    const context = { signal: new AbortController().signal, isShared: true };
    const fails = () => one.outages.judge(down, { source: locationAt(HUB) }, context);
    expect(await fails()).toMatchObject({ delayMs: expect.any(Number) });
    await expect
      .poll(
        async () => {
          two.outages.worked(locationAt(HUB), { tookMs: 0, endedThere: true });
          await fails();
          return one.outages.troubles();
        },
        { timeout: 15_000 },
      )
      .toEqual([expect.stringContaining(HUB)]);
    expect(two.outages.troubles()).toEqual([]);
    expect(store.fleet.holds.current).toEqual([]);
    worldOfOne.error = undefined;
    await expect.poll(() => one.outages.troubles(), { timeout: 15_000 }).toEqual([]);
  });

  it('knows of what worked in another process, and forgets what has left the config', async () => {
    const world = well();
    await worked(join('one', world));
    world.error = down;
    const judge = (id: string) =>
      join(id, world, { isOnly: false }).outages.judge(
        down,
        { source: locationAt(HUB) },
        { signal: new AbortController().signal, isShared: true },
      );
    expect(await judge('two')).toBeDefined();
    await store.fleet.outages.keepOnly((registry) => registry !== HUB);
    expect(await judge('three')).toBeUndefined();
  });

  it('asks as the config says when that has changed', async () => {
    const world = well();
    const process = join('one', world);
    await worked(process);
    world.error = refused;
    const options = { signal: new AbortController().signal, isShared: true };
    expect(await process.outages.judge(refused, { source: locationAt(HUB) }, options)).toBeDefined();
    const changed = locationAt(HUB);
    world.location = changed;
    process.outages.reload();
    await expect.poll(() => process.seen.locations.at(-1), { timeout: 10_000 }).toBe(changed);
  });

  it('lets one process at a time ask a registry that is held', async () => {
    const world = well();
    const processes = ['one', 'two', 'three'].map((id) => join(id, world, { isOnly: false }));
    const [one] = processes;
    if (one === undefined) throw new Error('there is none');
    await worked(one);
    world.error = down;
    const context = { signal: new AbortController().signal, isShared: true };
    for (const { outages } of processes) await outages.judge(down, { source: locationAt(HUB) }, context);
    await expect.poll(() => held('outage'), { timeout: 5_000 }).toBe(true);
    const asked = (): number => processes.reduce((sum, { seen }) => sum + seen.asked, 0);
    const before = asked();
    await expect.poll(() => asked(), { timeout: 15_000 }).toBe(before + 1);
  });
}

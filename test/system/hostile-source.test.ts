import { readFile } from 'node:fs/promises';
import { digestOf, eventually, fillRegistry, type Regfleet, type RunningService } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { runsEnded } from './counts.ts';
import { HOSTILE_REPOSITORIES, type HostileRegistry, startHostileRegistry } from './hostile-registry.ts';
import { plain, type Run, Site } from './site.ts';

const MOST_KIB = 300 * 1024;
const ROUNDS = 5;

describe('system/hostile-source', () => {
  it('keeps a source that wants to stop the fleet from stopping what others are mirrored for', async () => {
    await using site = await Site.start();
    const hostile = site.keep(await startHostileRegistry());
    const schedule = '0 0 1 1 *';
    const target = plain(site.target);
    const source = { registry: hostile.host, 'skip-tls-verify': true };
    const regfleet = await site.command({
      relay: 'direct',
      limits: { 'min-rate-window': '1s' },
      retries: { attempts: 2, backoff: '100ms' },
      tasks: [
        { name: 'honest', schedule, source: plain(site.source), target, mappings: [{ from: 'app' }] },
        ...HOSTILE_REPOSITORIES.map((name) => ({
          name,
          schedule,
          source,
          target,
          mappings: [{ from: name, to: `hostile/${name}`, platform: 'all' }],
        })),
      ],
    });
    const scheduler = await site.serve(regfleet, 'scheduler');
    const services = [scheduler, await site.serve(regfleet, 'worker')];
    await using health = watchHealth(services);

    await regfleet.json(['enqueue', ...HOSTILE_REPOSITORIES]);
    for (let round = 1; round <= ROUNDS; round += 1) {
      if (round === ROUNDS) await everythingAsked(hostile);
      await fillRegistry(site.source, [{ repository: 'app', tags: [`v${round}`] }]);
      const run = (await regfleet.runTask('honest')) as Run;
      expect(run).toMatchObject({ outcome: 'succeeded', counts: { enqueued: 1, copied: 1, failed: 0 } });
      expect(await digestOf(site.target, 'app', `v${round}`)).toBe(
        await digestOf(site.source, 'app', `v${round}`),
      );
    }

    await runsEnded(
      scheduler,
      ENDS.map(([task]) => task),
    );
    expect(await ended(regfleet)).toEqual(ENDS);
    expect(health.failures).toEqual([]);
    for (const { process } of services) expect(await peakKib(process.pid)).toBeLessThan(MOST_KIB);
  });
});

/** What each came to, by the codes of its errors; of the slow list nobody waits for the end. */
const ENDS: readonly (readonly [string, string, readonly string[]])[] = [
  ['dense', 'succeeded', []],
  ['empty-pages', 'failed', ['LISTING_TOO_LARGE']],
  ['endless-pages', 'failed', ['LISTING_TOO_LARGE']],
  ['heavy', 'failed', ['MANIFEST_INVALID']],
  ['long-names', 'failed', ['REQUEST_REFUSED', 'RESPONSE_INVALID']],
  ['loud', 'failed', ['REQUEST_REFUSED']],
  ['slow-blob', 'failed', ['TOO_SLOW']],
];

async function ended(regfleet: Regfleet): Promise<unknown[]> {
  const { tasks } = (await regfleet.json(['status'])) as { tasks: { task: string; lastRun?: Run }[] };
  return tasks
    .filter(
      ({ task, lastRun }) => task !== 'honest' && task !== 'slow-list' && lastRun?.outcome !== undefined,
    )
    .map(({ task, lastRun }) => [task, lastRun?.outcome, codesOf(lastRun)])
    .toSorted();
}

const codesOf = (run: Run | undefined): string[] =>
  [...new Set(run?.errors.map(({ code }) => code))].toSorted();

const everythingAsked = ({ asked }: HostileRegistry): Promise<unknown> =>
  eventually(() => HOSTILE_REPOSITORIES.every((name) => asked.has(name)), {
    deadlineMs: 60_000,
    what: 'everything hostile to be asked for',
  });

async function peakKib(pid: number): Promise<number> {
  return Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** Asks services whether they live, one question after another, until it is disposed of. */
function watchHealth(services: readonly RunningService[]) {
  const failures: unknown[] = [];
  const over = new AbortController();
  const ask = async ({ url }: RunningService): Promise<void> => {
    while (!over.signal.aborted) {
      const signal = AbortSignal.any([over.signal, AbortSignal.timeout(10_000)]);
      const status = await fetch(`${url}/healthz`, { signal }).then((answer) => answer.status, String);
      if (status !== 200 && !over.signal.aborted) failures.push(status);
    }
  };
  const asking = Promise.all(services.map(ask));
  return {
    failures,
    async [Symbol.asyncDispose](): Promise<void> {
      over.abort();
      await asking;
    },
  };
}

import { digestOf, eventually, fillRegistry, type RunningService } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { hasConnection, type RecordingSource, recordingSource } from './recording-source.ts';
import { plain, type Run, Site } from './site.ts';

const LIMIT = 2;
const LATENCY_MS = 100;
const names = (relay: string, count: number): string[] =>
  Array.from({ length: count }, (_, number) => `${relay}-${number}`);
const BY_RELAY = { direct: names('direct', 16), skopeo: names('skopeo', 8) } as const;
const REPOSITORIES = [...BY_RELAY.direct, ...BY_RELAY.skopeo];

describe('system/limits', () => {
  it('reads no more images of a registry at once than it may, by two relays and three workers, one killed and one stopped', async () => {
    await using site = await Site.start();
    const source = site.keep(await recordingSource(site.source, LATENCY_MS));
    const filled = await fillRegistry(
      site.source,
      REPOSITORIES.map((repository) => ({
        repository,
        tags: ['v1'],
        image: () => ({ layers: [1, 2, 3].map((layer) => `layer ${layer} of ${repository}`) }),
      })),
    );
    const regfleet = await site.command({
      registries: { [source.host]: { concurrency: LIMIT, 'skip-tls-verify': true } },
      tasks: Object.entries(BY_RELAY).map(([relay, repositories]) => ({
        name: relay,
        relay,
        schedule: '0 0 1 1 *',
        source: { registry: source.host, 'skip-tls-verify': true },
        target: plain(site.target),
        mappings: repositories.map((from) => ({ from })),
      })),
    });
    await site.serve(regfleet, 'scheduler');
    const flags = ['--lock', '4', '--concurrency', '4'];
    const workers: RunningService[] = [];
    for (let count = 0; count < 3; count += 1) workers.push(await site.serve(regfleet, 'worker', flags));

    const runs = Object.keys(BY_RELAY).map((task) => regfleet.runTask(task) as Promise<Run>);
    const killed = await inMidCopy(source, workers);
    killed.process.kill('SIGKILL');
    const stopped = await inMidCopy(
      source,
      workers.filter((worker) => worker !== killed),
    );
    stopped.process.kill('SIGSTOP');
    const before = new Set(source.seen);
    // As long as it has a place, others have no more than what is left.
    await eventually(
      () => {
        const others = [...source.open].filter(({ repository }) => !before.has(repository));
        return new Set(others.map(({ repository }) => repository)).size === LIMIT;
      },
      { deadlineMs: 60_000, what: 'others to have all places' },
    );
    stopped.process.kill('SIGCONT');

    for (const run of await Promise.all(runs)) {
      expect(run.outcome).toBe('succeeded');
      expect(run.counts).toMatchObject({ failed: 0 });
    }
    for (const { repository, tag, digest } of filled)
      expect(await digestOf(site.target, repository, tag)).toBe(digest);
    expect(source.most).toBe(LIMIT);
  });
});

/** One of the workers that reads an image just now by itself: a skopeo of its own would go on without it. */
async function inMidCopy(
  source: RecordingSource,
  workers: readonly RunningService[],
): Promise<RunningService> {
  return eventually(
    async () => {
      for (const { userAgent, port } of source.open) {
        if (!userAgent.startsWith('regfleet')) continue;
        for (const worker of workers) if (await hasConnection(worker.process.pid, port)) return worker;
      }
      return undefined;
    },
    { deadlineMs: 60_000, what: 'a worker to be in the middle of a copy' },
  );
}

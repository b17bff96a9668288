import { countingProxy, startRedis, type TestRedis } from '@regfleet/harness';
import type { BenchRun } from '../bench-run.ts';
import { forBothClients } from '../both-clients.ts';
import { Site } from '../fleet/site.ts';
import { formatNumber, formatSeconds } from '../report/format.ts';
import type { Count, Pass } from '../result.ts';
import { Stage } from '../stage.ts';
import { medianMs } from '../statistics.ts';
import { wrongTags } from '../verify.ts';
import { smallTags } from './subjects.ts';
import type { Workload } from './workload.ts';

const WORKERS = [1, 2, 4];
const CONCURRENCY = 4;
const LATENCY_MS = 100;
const PER_REPOSITORY = 24;
const WANTED_LINEARITY = 0.85;
const CLIENTS = [
  ['regfleet fleet', 'undici'],
  ['regfleet fleet, sockets', 'sockets'],
] as const;

/** One pass for each number of workers: the distance decides, which is the same each time. */
export const fleet: Workload = {
  name: 'fleet',
  title: `${PER_REPOSITORY * 10} new tags, ${LATENCY_MS} ms away: ${WORKERS.join(', ')} workers with --concurrency ${CONCURRENCY}`,
  async measure(run) {
    await using stage = await Stage.open({ fills: smallTags(PER_REPOSITORY) }, run.programs.registry);
    const passes: Pass[] = [];
    const counts: Count[] = [];
    const facts: Record<string, number> = {};
    for (const [contender, client] of CLIENTS)
      for (const workers of WORKERS) {
        const { pass, count, commands } = await onePass(stage, { workers, client }, run);
        passes.push({ contender, ...pass });
        counts.push({ contender, ...count });
        facts[factOf(workers)] ??= commands / stage.filled.length;
      }
    return { tags: stage.filled.length, passes, counts, facts };
  },
  targets: forBothClients((measured) => {
    const [first = 1] = WORKERS;
    const ms = (workers: number): number => medianMs(measured, 'regfleet fleet', variantOf(workers));
    const gains = WORKERS.slice(1).map((workers) => (first * ms(first)) / (workers * ms(workers)));
    return [
      {
        wanted: `at least ${WANTED_LINEARITY} of what ${variantOf(first)} does, for each of more`,
        measured: gains.map(formatNumber).join(' and '),
        isMet: gains.every((gain) => gain >= WANTED_LINEARITY),
      },
      {
        wanted: 'Redis commands per job, those inside scripts included: told',
        measured: WORKERS.map((workers) =>
          formatNumber(measured.facts?.[factOf(workers)] ?? Number.NaN),
        ).join(', '),
        isMet: true,
      },
    ];
  }),
};

const variantOf = (workers: number): string => (workers === 1 ? '1 worker' : `${workers} workers`);
const factOf = (workers: number): string => `Redis commands per job, ${variantOf(workers)}`;

interface FleetPass {
  readonly pass: Omit<Pass, 'contender'>;
  readonly count: Omit<Count, 'contender'>;
  readonly commands: number;
}

interface Fleet {
  readonly workers: number;
  readonly client: string;
}

async function onePass(
  stage: Stage,
  { workers, client }: Fleet,
  { signal, say }: BenchRun,
): Promise<FleetPass> {
  await using resources = new AsyncDisposableStack();
  const target = await stage.target(resources);
  await using source = await countingProxy(stage.source, { latencyMs: LATENCY_MS });
  await using distant = await countingProxy(target, { latencyMs: LATENCY_MS });
  await using redis = await startRedis({ persistent: true });
  const { repositories } = stage;
  const job = { sourceHost: source.host, targetHost: distant.host, repositories };
  await using site = await Site.start(redis, job, { REGFLEET_HTTP_CLIENT: client });
  await site.serve('scheduler');
  for (let started = 0; started < workers; started += 1)
    await site.serve('worker', ['--concurrency', String(CONCURRENCY)]);
  const before = { cpuMs: site.cpuMs(), commands: await commandsOf(redis) };
  const durationMs = await site.runTask(signal);
  const commands = (await commandsOf(redis)) - before.commands;
  const wrong = await wrongTags(target, stage.filled);
  if (wrong > 0) throw new Error(`${wrong} tags differ from the source`);
  say(`${client}, ${variantOf(workers)}: ${formatSeconds(durationMs)}`);
  const who = { variant: variantOf(workers), durationMs };
  return {
    pass: { ...who, cpuMs: site.cpuMs() - before.cpuMs, peakMemoryBytes: site.peakMemoryBytes() },
    count: {
      ...who,
      source: source.requests.summary(),
      target: distant.requests.summary(),
      connections: source.connections() + distant.connections(),
      repeatedSourceGets: 0,
    },
    commands,
  };
}

/** All that Redis has carried out, what scripts called included. */
async function commandsOf(redis: TestRedis): Promise<number> {
  const stats = await redis.call('INFO', 'commandstats');
  return [...stats.matchAll(/:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}

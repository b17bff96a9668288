import {
  countingProxy,
  digestOf,
  eventually,
  type InMemoryRegistry,
  inMemoryRegistry,
} from '@regfleet/harness';
import { type Run, Site } from './site.ts';

const SLOW = ['slow1', 'slow2', 'slow3', 'slow4'];
const SLOTS = 4;
const STARTS_WITHIN_MS = 60_000;

export interface FairnessResult {
  /** From the start of an operator's command until its image was first asked for, in milliseconds. */
  readonly startedAfterMs: { readonly enqueue: number; readonly copy: number };
  /** What was not as it has to be. */
  readonly problems: readonly string[];
}

/** An operator's `enqueue --wait` and `copy --wait` behind a run of so many tags, and behind as many slow expansions as there are places. */
export async function playFairness(tags: number): Promise<FairnessResult> {
  await using site = await Site.start();
  const registry = site.keep(await fill(tags));
  const source = site.keep(await countingProxy(registry.url));
  const target = site.keep(await countingProxy(site.target));
  const task = (name: string, schedule?: string): object => ({
    name,
    ...(schedule !== undefined && { schedule }),
    source: { registry: source.host, 'skip-tls-verify': true },
    target: { registry: target.host, 'skip-tls-verify': true },
    mappings: [{ from: name, ...(name === 'small' && { tags: ['a'] }) }],
  });
  const regfleet = await site.command({
    relay: 'direct',
    // Those without a schedule begin with the scheduler.
    tasks: [task('long'), ...SLOW.map((name) => task(name)), task('small', '0 0 1 1 *')],
  });
  const listings = source.inject({ kind: 'tags', path: /\/slow\d\//, held: true });
  const copies = target.inject({ kind: 'manifest', method: 'PUT', path: /\/long\//, held: true });
  await site.serve(regfleet, 'scheduler', ['--expansions', '4']);
  await site.serve(regfleet, 'worker', ['--concurrency', String(SLOTS)]);
  await eventually(() => listings.hits >= SLOW.length && copies.hits >= SLOTS, {
    deadlineMs: 600_000,
    what: 'all places for expansions and copies to be taken',
  });

  const command = async (words: readonly string[], begins: RegExp) => {
    const sinceMs = performance.now();
    const run = regfleet.json([...words, '--wait']).then((told) => [told].flat()[0] as Run);
    run.catch(() => undefined);
    await eventually(() => source.requests.count({ path: begins }) > 0, {
      deadlineMs: STARTS_WITHIN_MS,
      what: `${words[0]} to begin`,
    });
    return { run, startedAfterMs: performance.now() - sinceMs };
  };
  const enqueue = await command(['enqueue', 'small'], /\/small\/manifests\/a/);
  const names = [`${source.host}/small:b`, `${target.host}/small:b`];
  const copy = await command(['copy', ...names], /\/small\/manifests\/b/);
  const runs = await Promise.all([enqueue.run, copy.run]);
  const problems = [
    ...runs.flatMap(problemsOf),
    ...(await missing(site, registry)),
    ...((await digestOf(site.target, 'long', 'long0')) === undefined
      ? []
      : ['the long run was not in the way']),
  ];
  for (const fault of [listings, copies]) fault.release();
  return {
    startedAfterMs: { enqueue: enqueue.startedAfterMs, copy: copy.startedAfterMs },
    problems,
  };
}

const fill = (tags: number): Promise<InMemoryRegistry> =>
  inMemoryRegistry({
    repositories: [
      { name: 'long', tags: Array.from({ length: tags }, (_, number) => `long${number}`) },
      { name: 'small', tags: ['a', 'b'] },
      ...SLOW.map((name) => ({ name, tags: ['x'] })),
    ],
  });

const problemsOf = ({ id, outcome, counts: { copied, failed } }: Run): string[] =>
  outcome === 'succeeded' && copied === 1 && failed === 0
    ? []
    : [`run ${id} ${outcome} with ${copied} copied and ${failed} failed`];

async function missing(site: Site, registry: InMemoryRegistry): Promise<string[]> {
  const found: string[] = [];
  for (const tag of ['a', 'b'])
    if ((await digestOf(site.target, 'small', tag)) !== registry.digestOf('small', tag))
      found.push(`small:${tag} is not at the target`);
  return found;
}

import { eventually, type Regfleet } from '@regfleet/harness';
import type { Run } from '../system/site.ts';
import { TargetChecker } from './checker.ts';
import { type Content, fillSource } from './content.ts';
import { type LeftUploads, leftoversOf, leftUploads } from './leftovers.ts';
import type { TrialOptions } from './options.ts';
import { makePlan, type Plan, type Variant } from './plan.ts';
import { ownErrors, problemsOf, runsOf, type Totals, totalsOf } from './runs.ts';
import { FaultSite } from './site.ts';
import { type FaultEvent, playOut } from './timeline.ts';

const TOLD_EVERY_MS = 15_000;

// After the last fault: what waits for another try, and what is left to be copied.
const RUNS_END_WITHIN_MS = 240_000;

export interface TrialResult extends Played {
  readonly options: TrialOptions;
  readonly images: number;
  readonly totals: Totals;
  /** What processes have counted of tries and errors, by the labels of their metrics. */
  readonly counted: ReadonlyMap<string, number>;
  readonly traffic: Traffic;
  readonly uploadsLeft: LeftUploads;
  readonly tookMs: number;
  /** What was not as it has to be. */
  readonly problems: readonly string[];
  /** What each process printed, by its name. */
  readonly logs: ReadonlyMap<string, string>;
}

/** What the target's proxy has seen. */
export interface Traffic {
  /** Blobs that the images need, one of several images as often. */
  readonly blobsNeeded: number;
  readonly blobsSent: number;
  /** Of those, into a repository to which they were sent before. */
  readonly blobsSentAgain: number;
}

/**
 * Plays out one plan against a fleet of its own, and looks at what came of it.
 *
 * @param say - is told now and then how far it is.
 */
export async function runTrial(
  options: TrialOptions,
  say: (line: string) => void = () => undefined,
): Promise<TrialResult> {
  const beganMs = performance.now();
  const { site, content } = await FaultSite.start(options.variant, (source) =>
    fillSource(source, options.images),
  );
  await using _ = site;
  const plan = makePlan({ ...options, tasks: site.firings });
  const checker = new TargetChecker(site.parts.target, content);
  await site.startServices();
  const played = await watched(checker, content, say, () => playAndSettle(site, plan));
  await checker.finish();
  const exits = await exitsOf(site);
  const left = await leftUploads(site, content.repositories);
  return {
    options,
    images: content.images.length,
    ...played,
    totals: totalsOf(played.runs),
    counted: countedBy(site),
    traffic: trafficOf(site, checker.seen.blobs),
    uploadsLeft: left,
    tookMs: Math.round(performance.now() - beganMs),
    problems: [
      ...checker.seen.problems,
      ...problemsOfRuns(options, played, content),
      ...exits,
      ...(await leftoversOf(site)),
      ...problemsOfUploads(left, played.events),
    ],
    logs: new Map(site.services.map((service) => [service.name, service.log])),
  };
}

/** What was done, and what came of it. */
export interface Played {
  readonly events: readonly FaultEvent[];
  readonly runs: readonly Run[];
  /** Of each task, once all faults were over: what has failed or was cancelled is made good by it. */
  readonly last: readonly Run[];
}

async function playAndSettle(site: FaultSite, plan: Plan): Promise<Played> {
  const events = await playOut(site, plan);
  const haveEnded = await endOf(site.regfleet);
  const runs = await runsOf(site.regfleet);
  return { events, runs, last: haveEnded ? await lastRuns(site) : [] };
}

async function watched<Result>(
  checker: TargetChecker,
  { images }: Content,
  say: (line: string) => void,
  act: () => Promise<Result>,
): Promise<Result> {
  const beganMs = performance.now();
  const tell = (): void => {
    const seconds = Math.round((performance.now() - beganMs) / 1_000);
    say(`${seconds} s: ${checker.seen.tags} of ${images.length} images are at the target, and whole`);
  };
  const telling = setInterval(tell, TOLD_EVERY_MS);
  await using _ = checker.watch();
  return await act().finally(() => clearInterval(telling));
}

/** @returns whether all runs have ended in time. */
function endOf(regfleet: Regfleet): Promise<boolean> {
  return eventually(async () => (await runsOf(regfleet)).every(({ outcome }) => outcome !== undefined), {
    deadlineMs: RUNS_END_WITHIN_MS,
    intervalMs: 1_000,
  }).catch(() => false);
}

async function lastRuns({ regfleet, tasks }: FaultSite): Promise<readonly Run[]> {
  const { stdout } = await regfleet.run(['enqueue', ...tasks.keys(), '--wait', '--json']);
  return JSON.parse(stdout) as readonly Run[];
}

function problemsOfRuns({ variant }: TrialOptions, { runs, last }: Played, content: Content): string[] {
  const unmade = last.filter(({ outcome }) => outcome !== 'succeeded');
  return [
    ...problemsOf([...runs, ...last]),
    ...(variant !== 'fail-over' ? inexact({ runs, last }, { variant, images: content.images }) : []),
    ...unmade.map((run) => `after all faults the run of ${run.task} ${run.outcome}`),
  ];
}

/** Only a process that was killed, or lost its lock, has the right to leave sessions that it knew of. */
function problemsOfUploads({ abandoned }: LeftUploads, events: readonly FaultEvent[]): string[] {
  const isExcused = events.some(({ kind }) => kind.startsWith('kill -9') || kind.startsWith('a worker'));
  return abandoned === 0 || isExcused ? [] : [`${abandoned} upload sessions that nobody gave up`];
}

/** What must not be where Redis has lost nothing. */
function inexact(
  { runs, last }: Pick<Played, 'runs' | 'last'>,
  { variant, images }: { readonly variant: Variant; readonly images: Content['images'] },
): string[] {
  // Two kills of processes that had it for themselves fail a job, as they must.
  const isExcused = (error: string): boolean => variant === 'kills' && error.includes('JOB_STALLED');
  const found = ownErrors(runs).filter((error) => !isExcused(error));
  const { copied } = totalsOf([...runs, ...last]);
  if (copied > images.length) found.push(`${copied} images were copied, of ${images.length} that there are`);
  const undone = runs.filter(({ outcome, counts }) => outcome === 'cancelled' || counts.failed > 0);
  const excused = new Set(undone.map(({ task }) => task));
  for (const { task, counts } of last)
    if (counts.enqueued > 0 && !excused.has(task))
      found.push(`${counts.enqueued} images of ${task} were said to be at the target and were not`);
  return found;
}

async function exitsOf({ services }: FaultSite): Promise<string[]> {
  const exits = services.map(async (service) => ({ name: service.name, exit: await service.stop() }));
  const unclean = (await Promise.all(exits)).filter(({ exit }) => exit !== '0');
  return unclean.map(({ name, exit }) => `${name} ended with ${exit}`);
}

function countedBy({ services }: FaultSite): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { counted } of services)
    for (const [series, count] of counted) sums.set(series, (sums.get(series) ?? 0) + count);
  return sums;
}

function trafficOf({ parts }: FaultSite, blobsNeeded: number): Traffic {
  const { all } = parts.targetProxy.requests;
  const sent = all.filter(({ method, kind }) => method === 'PUT' && kind === 'upload');
  const different = new Set(sent.map(({ path }) => path.replace(/uploads\/[^?]*.*(?=[?&]digest=)/, '')));
  return { blobsNeeded, blobsSent: sent.length, blobsSentAgain: sent.length - different.size };
}

import {
  type CopyRequest,
  formatReference,
  isSyncError,
  type ManifestHead,
  type Side,
  type TrailRule,
  type TrailStep,
  trailDue,
  trailStep,
} from '@regfleet/model';
import type { RegistryClient } from '@regfleet/registry';
import type { Drift } from './contract.ts';
import { defaultPlatform } from './drift.ts';
import { headSource } from './head-source.ts';
import type { TargetAnchors } from './target-anchors.ts';

interface Ports {
  readonly source: RegistryClient;
  readonly target: RegistryClient;
  readonly targetAnchors: TargetAnchors;
}

/** The drift of a tag that trails. @property heldUntilMs - set where the target has no such tag, and gets none before. */
export type TrailDrift = Drift & { readonly heldUntilMs?: number };

/**
 * How a tag of the target that is behind on purpose differs from what it is to be: by one HEAD a side and one list of tags for each
 * repository of the target; one HEAD more of a tag that is due, and where a platform of an index was copied, and then of each younger hold.
 *
 * Stale is also what the source has and nobody holds yet: a copy brings it at once.
 *
 * @throws {SyncError} `RATE_LIMITED`; the abort reason.
 */
export async function trailDrift(
  request: CopyRequest,
  rule: TrailRule,
  ports: Ports,
  signal?: AbortSignal,
): Promise<TrailDrift> {
  try {
    return await compare(request, rule, ports, signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (!isSyncError(error) || error.kind === 'rate-limited') throw error;
    return { state: 'unknown', error };
  }
}

async function compare(
  request: CopyRequest,
  rule: TrailRule,
  ports: Ports,
  signal?: AbortSignal,
): Promise<TrailDrift> {
  const { target } = request;
  const head = (tag: string) => headTarget(request, tag, ports.target, signal);
  const [source, current, anchors] = await Promise.all([
    headSource(request.source, ports.source, signal),
    head(target.tag ?? ''),
    at(request, 'target', () => ports.targetAnchors.of(target, signal)),
  ]);
  const holds = anchors.filter(({ kind }) => kind === 'hold');
  const nowMs = Date.now();
  const options = { source: source.digest, current: current?.digest, nowMs };
  const step = await at(request, 'target', async () => trailStep(holds, rule, options));
  const pickedPlatform = defaultPlatform(request, source);
  const found = { sourceDigest: source.digest, ...(pickedPlatform && { pickedPlatform }) };
  const due = await trailDue(step, current?.digest, async ({ text }) => (await head(text))?.digest);
  if (step.newsAtMs !== undefined || due !== undefined)
    return { state: current === undefined ? 'missing' : 'stale', ...found, why: whyDue(step) };
  if (current === undefined && step.due === undefined && step.nextAtMs !== undefined)
    return { state: 'missing', ...found, heldUntilMs: step.nextAtMs, why: whyHeld(step) };
  return { state: 'in-sync', ...found, why: whyHeld(step) };
}

function whyDue({ newsAtMs, due, nextAtMs }: TrailStep): string {
  if (newsAtMs === undefined) return `trails the source, which had sha256:${due?.digits}... then`;
  const until = nextAtMs === undefined ? '' : `; the tag follows on ${timeOf(nextAtMs)} at the earliest`;
  return `trails the source, which has news: it is held at the target${until}`;
}

const whyHeld = ({ nextAtMs }: TrailStep): string =>
  nextAtMs === undefined
    ? 'trails the source, and has reached it'
    : `trails the source, which has something younger: the tag follows on ${timeOf(nextAtMs)}`;

const timeOf = (ms: number): string => new Date(ms).toISOString();

async function headTarget(
  request: CopyRequest,
  tag: string,
  client: RegistryClient,
  signal?: AbortSignal,
): Promise<ManifestHead | undefined> {
  return await at(request, 'target', async () => {
    const head = await client.headTarget(request.target.repository, tag, { signal });
    if (head !== undefined && 'untold' in head) throw head.untold;
    return head;
  });
}

async function at<Told>(request: CopyRequest, side: Side, ask: () => Promise<Told>): Promise<Told> {
  try {
    return await ask();
  } catch (error) {
    throw isSyncError(error) ? error.located({ side, reference: formatReference(request[side]) }) : error;
  }
}

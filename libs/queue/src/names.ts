import { createHash, randomBytes } from 'node:crypto';
import type { CopyRequest } from '@regfleet/model';
import { formatPlatform, formatReference, isRelayName, type RelayName } from '@regfleet/model';

/** The queue of task firings. */
export const RUNS_QUEUE = 'runs';

const LANE = /^copy\.([a-z]+)\.(.+)$/;

/** The queue of copies from one source registry by one relay. BullMQ allows no `:` in names; no host contains a `_`. */
export function laneName(relay: RelayName, registry: string): string {
  return `copy.${relay}.${registry.replaceAll(':', '_')}`;
}

/** The inverse of `laneName`; absent when `lane` is no lane of ours. */
export function parseLane(lane: string): { relay: RelayName; registry: string } | undefined {
  const [, relay, registry] = LANE.exec(lane) ?? [];
  if (relay === undefined || registry === undefined || !isRelayName(relay)) return undefined;
  return { relay, registry: registry.replaceAll('_', ':') };
}

// 72 bits: among a million jobs of a run, two are alike with a chance of one in ten billion.
const HASH_LENGTH = 12;

const shortHash = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, HASH_LENGTH);

/** The same copy has the same name within every run, so that a repeated expansion adds it once. */
export function copyName(request: CopyRequest): string {
  return shortHash(
    `${request.relay} ${formatReference(request.source)} ${copyIdentity(request.target, request.platform)}`,
  );
}

/** What must not be waiting twice: BullMQ's deduplication id. */
export function deduplicationId(request: CopyRequest): string {
  return shortHash(copyIdentity(request.target, request.platform));
}

const copyIdentity = (target: CopyRequest['target'], platform: CopyRequest['platform']): string =>
  `${formatReference(target)} ${formatPlatform(platform)}`;

export function copyJobId(runId: string, name: string): string {
  return `${runId}.${name}`;
}

/** The inverse of `copyJobId`. */
export function parseCopyJobId(jobId: string): { runId: string; name: string } {
  const dot = jobId.lastIndexOf('.');
  return { runId: jobId.slice(0, dot), name: jobId.slice(dot + 1) };
}

/** An id for a run that somebody asked for; ids sort by time. */
export function newRunId(nowMs: number): string {
  return `${nowMs.toString(36)}-${randomBytes(4).toString('hex')}`;
}

const SCHEDULED_JOB = /^repeat:.*:(\d+)$/s;

/** The run of a job on the `runs` queue: always the same for the same job, so that a redelivered one resumes its run. */
export function runIdOfJob(jobId: string): string {
  const slotMs = SCHEDULED_JOB.exec(jobId)?.[1];
  if (slotMs === undefined) return jobId;
  const hash = createHash('sha256').update(jobId).digest('hex').slice(0, 8);
  return `${Number(slotMs).toString(36)}-${hash}`;
}

import { createHash, randomBytes } from 'node:crypto';
import type { LaneParts } from '@regfleet/fleet';
import type { CopyRequest } from '@regfleet/model';
import {
  formatPlatform,
  formatReference,
  isRegistryHost,
  isRelayName,
  parseRegistryName,
  type RelayName,
} from '@regfleet/model';

/** The queue of task firings. */
export const RUNS_QUEUE = 'runs';

const LANE = /^copy\.([a-z]+)\.(.+)$/;

/** The queue of copies from one source registry by one relay. BullMQ allows no `:` in names; no host contains a `_`. */
export function laneName(relay: RelayName, registry: string): string {
  return `copy.${relay}.${registry.replaceAll(':', '_')}`;
}

/** The inverse of `laneName`; absent for what that cannot have written. */
export function parseLane(lane: string): LaneParts | undefined {
  const [, relay, host] = LANE.exec(lane) ?? [];
  if (relay === undefined || host === undefined || !isRelayName(relay)) return undefined;
  const registry = host.replaceAll('_', ':');
  const isWritten = isRegistryHost(registry) && parseRegistryName(registry).host === registry;
  return isWritten && laneName(relay, registry) === lane ? { relay, registry } : undefined;
}

const hash = (text: string, characters: number): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, characters);

// 54 bits: that any two of 10,000 images of a run are alike has a chance of one in 10^8.
const COPY_NAME_LENGTH = 9;
// 60 bits, for all images that a fleet has waiting.
const DEDUPLICATION_LENGTH = 10;
// 36 bits, for runs that begin in the same second.
const RUN_HASH_LENGTH = 6;

/** The same copy has the same name within every run, so that a repeated expansion adds it once. */
export function copyName(request: CopyRequest): string {
  const target = copyIdentity(request.target, request.platform);
  return hash(`${request.relay} ${formatReference(request.source)} ${target}`, COPY_NAME_LENGTH);
}

/** What must not be waiting twice: BullMQ's deduplication id. */
export function deduplicationId(request: CopyRequest): string {
  return hash(copyIdentity(request.target, request.platform), DEDUPLICATION_LENGTH);
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

/**
 * An id for a run that somebody asked for. Ids are short, since each job's id begins with its run's, and sort by the
 * second of their start.
 */
export function newRunId(nowMs: number): string {
  return runId(nowMs, randomBytes(RUN_HASH_LENGTH).toString('base64url').slice(0, RUN_HASH_LENGTH));
}

const SCHEDULED_JOB = /^repeat:.*:(\d+)$/s;

/** BullMQ's id of the job that fires a schedule next. */
export const plannedJobId = (task: string, nextMs: number): string => `repeat:${task}:${nextMs}`;

/** When a job on the `runs` queue is due by its schedule, in epoch milliseconds; absent: somebody fired it. */
export function slotOfJob(jobId: string): number | undefined {
  const slotMs = SCHEDULED_JOB.exec(jobId)?.[1];
  return slotMs === undefined ? undefined : Number(slotMs);
}

/** The run of a job on the `runs` queue: always the same for the same job, so that a redelivered one resumes its run. */
export function runIdOfJob(jobId: string): string {
  const slotMs = slotOfJob(jobId);
  return slotMs === undefined ? jobId : runId(slotMs, hash(jobId, RUN_HASH_LENGTH));
}

// Seconds since 1970 have six digits of base 36 until 2038, and seven after that.
const runId = (startMs: number, suffix: string): string =>
  `${Math.floor(startMs / 1000).toString(36)}${suffix}`;

import { createHash, randomBytes } from 'node:crypto';
import type { LaneParts } from '@regfleet/fleet';
import type { CopyRequest } from '@regfleet/model';
import {
  formatPlatform,
  formatReference,
  isRegistryHost,
  isRelayName,
  parseRegistryName,
} from '@regfleet/model';

/** The queue of task firings. */
export const RUNS_QUEUE = 'runs';

const LANE = /^copy\.([a-z]+)\.(.+)$/;
const TO = '_to_';
// Two hosts of the greatest length, and the rest; whoever can write to Redis names lanes.
const MAX_LANE_LENGTH = 600;

const written = (host: string): string => host.replaceAll(':', '_');

/**
 * The queue of copies by one relay from one registry to one other.
 *
 * BullMQ allows no `:` in names, so a `_` stands for it. No host contains a `_`, and what stands behind a `:` of one are digits of a
 * port, or those of an IPv6 address: the first `_to_` is ours.
 */
export function laneName({ relay, source, target }: LaneParts): string {
  return `copy.${relay}.${written(source)}${TO}${written(target)}`;
}

/** The inverse of `laneName`; absent for what that cannot have written. */
export function parseLane(lane: string): LaneParts | undefined {
  if (lane.length > MAX_LANE_LENGTH) return undefined;
  const [, relay, hosts = ''] = LANE.exec(lane) ?? [];
  const to = hosts.indexOf(TO);
  if (relay === undefined || to < 0 || !isRelayName(relay)) return undefined;
  const source = hosts.slice(0, to).replaceAll('_', ':');
  const target = hosts.slice(to + TO.length).replaceAll('_', ':');
  if (!(isHostOfReference(source) && isHostOfReference(target))) return undefined;
  const parts = { relay, source, target };
  return laneName(parts) === lane ? parts : undefined;
}

const isHostOfReference = (host: string): boolean =>
  isRegistryHost(host) && parseRegistryName(host).host === host;

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

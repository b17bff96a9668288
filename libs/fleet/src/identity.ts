import { createHash, randomBytes } from 'node:crypto';
import { type CopyRequest, formatPlatform, formatReference } from '@regfleet/model';

/** A hash of six bits a character. */
export const shortHash = (text: string, characters: number): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, characters);

/** What must not be waiting twice: a target reference and platform. */
export const copyIdentity = ({ target, platform }: Pick<CopyRequest, 'target' | 'platform'>): string =>
  `${formatReference(target)} ${formatPlatform(platform)}`;

/** The same copy has the same name within every run, so that a repeated expansion adds it once. */
export const copyName = (request: CopyRequest, characters: number): string =>
  shortHash(`${request.relay} ${formatReference(request.source)} ${copyIdentity(request)}`, characters);

export const copyJobId = (runId: string, name: string): string => `${runId}.${name}`;

/** Of what tells runs that begin in the same second from each other: 36 bits. */
export const RUN_SUFFIX_LENGTH = 6;

/**
 * An id for a run that somebody asked for. Ids are short, since each job's id begins with its run's, and sort by the
 * second of their start.
 */
export const newRunId = (nowMs: number): string =>
  runIdAt(nowMs, randomBytes(RUN_SUFFIX_LENGTH).toString('base64url').slice(0, RUN_SUFFIX_LENGTH));

// Seconds since 1970 have six digits of base 36 until 2038, and seven after that.
export const runIdAt = (startMs: number, suffix: string): string =>
  `${Math.floor(startMs / 1000).toString(36)}${suffix}`;

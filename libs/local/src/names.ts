import { createHash, randomBytes } from 'node:crypto';
import type { LaneParts } from '@regfleet/fleet';
import { type CopyRequest, formatPlatform, formatReference } from '@regfleet/model';

/** The queue of copies of one relay from one registry to one other. */
export const laneName = ({ relay, source, target }: LaneParts): string =>
  `copy.${relay}.${source}_to_${target}`.replaceAll(':', '_');

export const lanePartsOf = ({ relay, source, target }: CopyRequest): LaneParts => ({
  relay,
  source: source.registry,
  target: target.registry,
});

/** What must not be waiting twice: a target reference and platform. */
export const copyIdentity = ({ target, platform }: Pick<CopyRequest, 'target' | 'platform'>): string =>
  `${formatReference(target)} ${formatPlatform(platform)}`;

// 72 bits: a run keeps the names of all its copies, so that they are short.
const COPY_NAME_LENGTH = 12;

/** The same copy has the same name within every run, so that a repeated expansion asks for it once. */
export function copyName(request: CopyRequest): string {
  const text = `${request.relay} ${formatReference(request.source)} ${copyIdentity(request)}`;
  return createHash('sha256').update(text).digest('base64url').slice(0, COPY_NAME_LENGTH);
}

export const copyJobId = (runId: string, name: string): string => `${runId}.${name}`;

/** An id for a run; ids sort by the second of their start. */
export const newRunId = (nowMs: number): string =>
  `${Math.floor(nowMs / 1000).toString(36)}${randomBytes(6).toString('base64url').slice(0, 6)}`;

import { createHash } from 'node:crypto';
import type { Referrer } from './manifest/referrer.ts';

/** Which referrers of an image travel with it. What refers to a referrer goes with that. */
export interface ReferrerRule {
  /** Absent: of any type. */
  readonly artifactTypes?: readonly string[];
  /** All of them a referrer has to have; absent: whatever it has. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** For how long it is believed that nothing was attached to an image in sync. */
  readonly checkMs: number;
}

/** True: the rule can be told from what a list says of a referrer only where the list says it. */
export const isFiltering = ({ artifactTypes, annotations }: ReferrerRule): boolean =>
  artifactTypes !== undefined || annotations !== undefined;

export const isWanted = ({ artifactTypes, annotations }: ReferrerRule, referrer: Referrer): boolean =>
  (artifactTypes?.includes(referrer.artifactType ?? '') ?? true) &&
  Object.entries(annotations ?? {}).every(([key, value]) => referrer.annotations?.[key] === value);

const KEY_LENGTH = 8;

/** Short; another for every rule that chooses otherwise. */
export function ruleKey({ artifactTypes = [], annotations = {} }: ReferrerRule): string {
  const chosen = [[...artifactTypes].sort(), Object.entries(annotations).sort()];
  return createHash('sha256').update(JSON.stringify(chosen)).digest('base64url').slice(0, KEY_LENGTH);
}

/** What a sync record keeps of the referrers of an image. */
export interface ReferrerRecord {
  /** Of the rule by which they were chosen. */
  readonly rule: string;
  /** Of what belonged to the image at the source; equal for equal belongings. */
  readonly key: string;
  /** Epoch milliseconds: when the source was last asked for them. */
  readonly checkedAtMs: number;
  /** True: the image is no index, so nothing else can be the subject of what belongs to it. */
  readonly isSingle: boolean;
}

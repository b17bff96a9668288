import { createHash } from 'node:crypto';
import type { Referrer } from './manifest/referrer.ts';

/** Which referrers of an image travel with it. What refers to a referrer goes with that. */
export interface ReferrerRule {
  /** Absent: of any type. */
  readonly artifactTypes?: readonly string[];
  /** All of them a referrer has to have; absent: whatever it has. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** True: an image without a signature that goes along is not named at the target. Nothing is verified. */
  readonly needsSignature?: boolean;
  /** For how long it is believed that nothing was attached to an image in sync. */
  readonly checkMs: number;
}

/** True: the rule can be told from what a list says of a referrer only where the list says it. */
export const isFiltering = ({ artifactTypes, annotations }: ReferrerRule): boolean =>
  artifactTypes !== undefined || annotations !== undefined;

export const isWanted = ({ artifactTypes, annotations }: ReferrerRule, referrer: Referrer): boolean =>
  (artifactTypes?.includes(referrer.artifactType ?? '') ?? true) &&
  Object.entries(annotations ?? {}).every(([key, value]) => referrer.annotations?.[key] === value);

// https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md
const BUNDLE = 'application/vnd.dev.sigstore.bundle';
const BUNDLED = 'dev.sigstore.bundle.predicateType';
const BUNDLED_SIGNATURE = 'https://sigstore.dev/cosign/sign/v1';

const SIGNATURES: ReadonlySet<string> = new Set([
  'application/vnd.dev.cosign.artifact.sig.v1+json',
  // https://github.com/notaryproject/specifications/blob/v1.1.0/specs/signature-specification.md
  'application/vnd.cncf.notary.signature',
]);

/** True: it calls itself a signature of what it refers to. A bundle may be an attestation as well, and mostly says so. */
export function isSignature({ artifactType = '', annotations = {} }: Referrer): boolean {
  if (!artifactType.startsWith(BUNDLE)) return SIGNATURES.has(artifactType);
  return (annotations[BUNDLED] ?? BUNDLED_SIGNATURE) === BUNDLED_SIGNATURE;
}

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

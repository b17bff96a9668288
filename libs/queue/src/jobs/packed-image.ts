import type { LaneParts } from '@regfleet/fleet';
import {
  type CopyRequest,
  type Digest,
  formatReference,
  parseDigest,
  parseReference,
  type Reference,
} from '@regfleet/model';

/** The references of a copy, beside its lane, which has the registries. */
export interface PackedReferences {
  /** Source without its registry. */
  readonly from: string;
  /** Target without its registry; with neither tag nor digest it has the source's tag. */
  readonly to: string;
}

export function packReferences({ source, target }: Pick<CopyRequest, 'source' | 'target'>): PackedReferences {
  const { tag: _, ...untagged } = target;
  const hasSameTag = target.tag === source.tag && target.digest === undefined;
  return { from: withoutRegistry(source), to: withoutRegistry(hasSameTag ? untagged : target) };
}

const withoutRegistry = (reference: Reference): string =>
  formatReference(reference).slice(reference.registry.length + 1);

/** The inverse of `packReferences`. @throws {SyncError} `REFERENCE_INVALID` on what it cannot have made. */
export function unpackReferences(
  { from, to }: PackedReferences,
  lane: LaneParts,
): Pick<CopyRequest, 'source' | 'target'> {
  const source = parseReference(`${lane.source}/${from}`);
  const target = parseReference(`${lane.target}/${to}`);
  const isUntagged = target.tag === undefined && target.digest === undefined && source.tag !== undefined;
  return { source, target: isUntagged ? { ...target, tag: source.tag } : target };
}

interface PackedDigest {
  /** A sha256 one in base64url. */
  readonly sha256?: string | undefined;
  /** The text of any other. */
  readonly digest?: string | undefined;
}

const SHA256 = 'sha256:';

/** 28 bytes less of the digests that nearly all are. */
export function packDigest(digest: Digest): PackedDigest {
  if (!digest.startsWith(SHA256)) return { digest };
  return { sha256: Buffer.from(digest.slice(SHA256.length), 'hex').toString('base64url') };
}

export function unpackDigest({ sha256, digest }: PackedDigest): Digest | undefined {
  if (sha256 !== undefined) return parseDigest(SHA256 + Buffer.from(sha256, 'base64url').toString('hex'));
  return digest === undefined ? undefined : parseDigest(digest);
}

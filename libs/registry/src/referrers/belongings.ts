import { createHash } from 'node:crypto';
import {
  cosignTags,
  type Descriptor,
  type Digest,
  describeReferrer,
  fallbackTag,
  forEachBounded,
  isFiltering,
  isIndexMediaType,
  isWanted,
  type Manifest,
  parseManifest,
  type Referrer,
  type ReferrerRule,
  SyncError,
} from '@regfleet/model';
import type { RegistryClient } from '../contract.ts';

const AT_ONCE = 4;
// As of the images themselves.
const MAX_SUBJECTS = 1_000;

export interface BelongingsQuestion {
  readonly repository: string;
  /** The image and what an index of it names. */
  readonly subjects: readonly Digest[];
  readonly rule: ReferrerRule;
  /** All tags of the repository that belong to images; absent: they have to be asked about. */
  readonly digestTags?: ReadonlySet<string> | undefined;
  readonly signal: AbortSignal;
}

/** What belongs to an image at its source, apart from what refers to that in turn. */
export interface Belongings {
  /** Those that the rule chooses, by what they refer to. */
  readonly referrers: ReadonlyMap<Digest, readonly Referrer[]>;
  /** What cosign keeps under tags of its own. */
  readonly tags: ReadonlyMap<string, Digest>;
  /** Equal for equal belongings. */
  readonly key: string;
}

export async function findBelongings(
  client: RegistryClient,
  question: BelongingsQuestion,
): Promise<Belongings> {
  const { subjects, signal } = question;
  const referrers = new Map<Digest, readonly Referrer[]>();
  const tags = new Map<string, Digest>();
  await forEachBounded(subjects, { limit: AT_ONCE, signal }, async (subject, either) => {
    const asked = { ...question, signal: either };
    const [found, signed] = await Promise.all([
      wantedReferrers(client, subject, asked),
      taggedBelongings(client, subject, asked),
    ]);
    referrers.set(subject, found);
    for (const [tag, digest] of signed) tags.set(tag, digest);
  });
  return { referrers, tags, key: keyOf(referrers, tags) };
}

async function wantedReferrers(
  client: RegistryClient,
  subject: Digest,
  { repository, rule, digestTags, signal }: BelongingsQuestion,
): Promise<readonly Referrer[]> {
  const hasFallback = digestTags?.has(fallbackTag(subject)) ?? true;
  const list = await client.listReferrers(repository, subject, { signal, hasFallback });
  const looksAtAnnotations = rule.annotations !== undefined || rule.needsSignature === true;
  // Lists that others keep may lack what the rule goes by.
  const isTold = list.from === 'api' || !(isFiltering(rule) || rule.needsSignature);
  const described = isTold
    ? list.referrers
    : await forEachBounded(list.referrers, { limit: AT_ONCE, signal }, async (referrer, either) => {
        const { artifactType, annotations } = referrer;
        const isWhole = artifactType !== undefined && !(looksAtAnnotations && annotations === undefined);
        if (isWhole) return referrer;
        return await describedByItself(client, repository, referrer, either);
      });
  return described.filter((referrer) => isWanted(rule, referrer));
}

async function describedByItself(
  client: RegistryClient,
  repository: string,
  referrer: Referrer,
  signal: AbortSignal,
): Promise<Referrer> {
  const manifest = await client.getManifest(repository, referrer.digest, { signal });
  return describeReferrer(manifest).referrer;
}

async function taggedBelongings(
  client: RegistryClient,
  subject: Digest,
  { repository, digestTags, signal }: BelongingsQuestion,
): Promise<readonly (readonly [string, Digest])[]> {
  const names = cosignTags(subject).filter((tag) => digestTags?.has(tag) ?? true);
  const found = await Promise.all(
    names.map(
      async (tag) => [tag, (await client.headManifest(repository, tag, { signal }))?.digest] as const,
    ),
  );
  return found.flatMap(([tag, digest]) => (digest === undefined ? [] : [[tag, digest] as const]));
}

const KEY_LENGTH = 16;

function keyOf(referrers: Belongings['referrers'], tags: Belongings['tags']): string {
  const lines = [
    ...[...referrers].flatMap(([subject, list]) => list.map(({ digest }) => `${subject} ${digest}`)),
    ...[...tags].map(([tag, digest]) => `${tag} ${digest}`),
  ];
  return createHash('sha256').update(lines.sort().join('\n')).digest('base64url').slice(0, KEY_LENGTH);
}

/**
 * What may be the subject of what belongs to an image: itself, and every manifest that it names.
 *
 * @param read - of the repository, by its digest.
 * @throws {SyncError} `MANIFEST_INVALID`
 */
export async function subjectsOf(
  root: Manifest,
  read: (digest: Digest) => Promise<Manifest>,
): Promise<readonly Digest[]> {
  const subjects = new Set<Digest>([root.digest]);
  const indexes = isIndexMediaType(root.mediaType) ? [root] : [];
  for (let index = indexes.shift(); index !== undefined; index = indexes.shift()) {
    const children = childrenOf(index).filter(({ digest }) => !subjects.has(digest));
    for (const { digest } of children) subjects.add(digest);
    if (subjects.size > MAX_SUBJECTS) throw tooMany(root);
    for (const { digest, mediaType } of children) {
      if (isIndexMediaType(mediaType)) indexes.push(await read(digest));
    }
  }
  return [...subjects];
}

function childrenOf(index: Manifest): readonly Descriptor[] {
  const parsed = parseManifest(index);
  return parsed.kind === 'index' ? parsed.children : [];
}

const tooMany = ({ digest }: Manifest): SyncError =>
  new SyncError('MANIFEST_INVALID', {
    message: `the index ${digest} has more than ${MAX_SUBJECTS} manifests`,
    hint: 'no tool builds such an image; does this registry serve what it was given?',
  });

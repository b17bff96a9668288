import { z } from 'zod';
import { digestOf } from '../digest.ts';
import { SyncError } from '../errors.ts';
import { type ItemRange, listItems, withoutItems } from '../json/list-items.ts';
import { parseJson } from '../json/parse-json.ts';
import { formatPlatform, matchesPlatform, type Platform, type PlatformList } from '../platform.ts';
import { clip } from '../text/clip.ts';
import type { Manifest } from './manifest.ts';
import { parseManifest, toPlatform } from './parse-manifest.ts';
import { descriptor } from './schema.ts';

/** An index of some platforms of another one. */
export interface IndexPart {
  /** The very bytes of the other one, but for the entries that are left out. */
  readonly manifest: Manifest;
  /** Platforms of the list that the other one lacks. */
  readonly missing: readonly Platform[];
}

// What an entry belongs to, as attestations of BuildKit say: https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
const BELONGS_TO = 'vnd.docker.reference.digest';

const entry = descriptor.extend({
  annotations: z.record(z.string(), z.unknown()).nullish().catch(undefined),
});

/**
 * The index without what is for other platforms than those of the list, the same bytes whatever the others were.
 *
 * An entry without a platform stays, as containerd takes it; what belongs to another entry goes and stays with that.
 *
 * @throws {SyncError} `PLATFORM_UNKNOWN` where a platform is missing that must not be, or all are; `MANIFEST_INVALID`,
 *   `MEDIA_TYPE_UNSUPPORTED`
 */
export function filterIndex(index: Manifest, list: PlatformList): IndexPart {
  parseManifest(index);
  // One character for each byte, so that what is kept stays as it is, whatever it is.
  const text = Buffer.from(index.bytes).toString('latin1');
  const items = listItems(text, 'manifests');
  if (items === undefined) throw unreadable(index);
  const entries = items.map((range) => readEntry(text, range, index));
  const ownDigests = new Set(entries.filter(({ names }) => names === undefined).map(({ digest }) => digest));
  const isOwn = ({ names }: Entry): boolean => names === undefined || !ownDigests.has(names);
  const own = entries.filter(isOwn);
  const missing = list.platforms.filter((wanted) => !own.some(({ platform }) => matches(platform, wanted)));
  if (missing.length > (list.missing === 'skip' ? list.platforms.length - 1 : 0))
    throw unknownPlatforms(missing, own);
  const kept = new Set(own.filter((candidate) => isWanted(candidate, list)));
  const keptDigests = new Set([...kept].map(({ digest }) => digest));
  const isKept = (candidate: Entry): boolean =>
    isOwn(candidate) ? kept.has(candidate) : keptDigests.has(candidate.names ?? '');
  const bytes = Buffer.from(
    withoutItems(text, items, (position) => entries[position] !== undefined && isKept(entries[position])),
    'latin1',
  );
  return { manifest: { mediaType: index.mediaType, digest: digestOf(bytes), bytes }, missing };
}

interface Entry {
  readonly digest: string;
  /** Absent: it names none. */
  readonly platform: Platform | undefined;
  /** The digest of the entry that it belongs to, if that is one that belongs to none; absent: it belongs to none. */
  readonly names: string | undefined;
}

function readEntry(text: string, [from, to]: ItemRange, index: Manifest): Entry {
  const json = Buffer.from(text.slice(from, to), 'latin1').toString();
  const parsed = entry.safeParse(parseJson(json));
  if (!parsed.success) throw unreadable(index);
  const { digest, platform, annotations } = parsed.data;
  const belongsTo = annotations?.[BELONGS_TO];
  return {
    digest,
    platform: platform && toPlatform(platform),
    names: typeof belongsTo === 'string' ? belongsTo : undefined,
  };
}

const isWanted = ({ platform }: Entry, { platforms }: PlatformList): boolean =>
  platform === undefined || platforms.some((wanted) => matches(platform, wanted));

const matches = (platform: Platform | undefined, wanted: Platform): boolean =>
  platform !== undefined && matchesPlatform(platform, wanted);

const unreadable = ({ digest }: Manifest): SyncError =>
  new SyncError('MANIFEST_INVALID', {
    message: `of the index ${digest} no part can be taken: its list of manifests is there twice, or is none`,
    hint: 'push the image to the source again, or copy it with platform: all',
  });

// Longer than all that any image is built for.
const MAX_SHOWN = 1_000;

function unknownPlatforms(missing: readonly Platform[], own: readonly Entry[]): SyncError {
  const named = own.map(({ platform }) => formatPlatform(platform)).filter((name) => name !== '');
  const there = clip([...new Set(named)].join(', '), MAX_SHOWN);
  const wanted = clip(missing.map(formatPlatform).join(', '), MAX_SHOWN);
  return new SyncError('PLATFORM_UNKNOWN', {
    message: `the image is not there for ${wanted}, only for ${there || 'nothing that names a platform'}`,
    hint: 'set platform to those that are there, or platform-missing: skip where some may be missing',
  });
}

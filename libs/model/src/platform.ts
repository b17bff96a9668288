import { SyncError } from './errors.ts';
import { clip } from './text/clip.ts';

/** A platform wish. Absent parts match anything (dregsy accepts `linux` as well as `linux/arm64/v8`). */
export interface Platform {
  readonly os?: string;
  /** Of Windows, e.g. `10.0.20348`, or more of it. */
  readonly osVersion?: string;
  readonly architecture?: string;
  readonly variant?: string;
}

/** Platforms that are copied as an index of their own, also where it is one. */
export interface PlatformList {
  /** At least one, in the order of their texts, each once. */
  readonly platforms: readonly Platform[];
  /** What becomes of an image that lacks one of them; one that lacks all fails. */
  readonly missing: MissingPlatform;
}

export const MISSING_PLATFORM_CHOICES = ['fail', 'skip'] as const;

export type MissingPlatform = (typeof MISSING_PLATFORM_CHOICES)[number];

/** What of an index is copied: every platform, one, or an index of some. Absent where this type is optional: the platform of the machine that plans, or copies without a plan. */
export type PlatformSelection = 'all' | Platform | PlatformList;

export const isPlatformList = (platform: PlatformSelection | undefined): platform is PlatformList =>
  typeof platform === 'object' && 'platforms' in platform;

/**
 * Splits `os[/architecture[/variant]]`, whose `os` may have a version in parentheses; `all` is every platform; platforms with commas
 * between them or in brackets are a list, with a `?` behind the brackets one whose missing platforms are skipped; empty text is absent.
 *
 * @throws {SyncError} `PLATFORM_INVALID` on blanks or more than three parts.
 */
export function parsePlatform(text: string): PlatformSelection | undefined {
  if (text === '') return undefined;
  if (text === 'all') return 'all';
  const [, listed, skips] = /^\[(.*)\](\??)$/.exec(text) ?? [];
  const items = listed ?? (text.includes(',') ? text : undefined);
  if (items === undefined) return onePlatform(text);
  return platformList(items.split(',').map(onePlatform), skips === '?' ? 'skip' : 'fail');
}

function onePlatform(text: string): Platform {
  const [os = '', architecture, variant, ...more] = text.split('/');
  const [, name, version] = /^([^()]*)\(([^()]+)\)$/.exec(os) ?? [];
  if (text === '' || text === 'all' || more.length > 0 || /[\s[\]]/.test(text)) throw invalid(text);
  return {
    ...((name ?? os) && { os: name ?? os }),
    ...(version && { osVersion: version }),
    ...(architecture && { architecture }),
    ...(variant && { variant }),
  };
}

const invalid = (text: string): SyncError =>
  new SyncError('PLATFORM_INVALID', {
    message: `"${clip(text, 200)}" is not a platform`,
    hint: 'write os/architecture or os/architecture/variant, e.g. linux/arm64/v8, or all',
  });

/** The same list in whatever order its platforms are named. */
export function platformList(platforms: readonly Platform[], missing: MissingPlatform): PlatformList {
  const named = new Map(platforms.map((platform) => [formatPlatform(platform), platform]));
  const sorted = [...named].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return { platforms: sorted.map(([, platform]) => platform), missing };
}

/** The inverse of `parsePlatform`; absent becomes the empty string. */
export function formatPlatform(platform: PlatformSelection | undefined): string {
  if (platform === undefined || platform === 'all') return platform ?? '';
  if (isPlatformList(platform))
    return `[${platform.platforms.map(formatPlatform).join(',')}]${platform.missing === 'skip' ? '?' : ''}`;
  const { os = '', osVersion, architecture = '', variant = '' } = platform;
  const parts = [osVersion === undefined ? os : `${os}(${osVersion})`, architecture, variant];
  return parts.join('/').replace(/\/+$/, '');
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/** The platform of this machine in OCI terms; the image default of docker, skopeo and dregsy. */
export function localPlatform(): Platform {
  const os = process.platform === 'win32' ? 'windows' : 'linux';
  return { os, architecture: ARCHITECTURES[process.arch] ?? process.arch };
}

// https://github.com/containerd/platforms: what an architecture without variant is.
const DEFAULT_VARIANTS: Readonly<Record<string, string>> = { amd64: 'v1', arm: 'v7', arm64: 'v8' };

const variantOf = (platform: Platform): string | undefined =>
  platform.variant ?? DEFAULT_VARIANTS[platform.architecture ?? ''];

/** True when `candidate`, as an index entry states it, is what `wanted` asks for. */
export function matchesPlatform(candidate: Platform, wanted: Platform): boolean {
  if (wanted.os !== undefined && candidate.os !== wanted.os) return false;
  if (wanted.osVersion !== undefined && !isOfVersion(candidate, wanted.osVersion)) return false;
  if (wanted.architecture !== undefined && candidate.architecture !== wanted.architecture) return false;
  return wanted.architecture === undefined || variantOf(candidate) === variantOf(wanted);
}

// Windows tells apart the builds of a version by what follows on it.
const isOfVersion = ({ osVersion = '' }: Platform, wanted: string): boolean =>
  osVersion === wanted || osVersion.startsWith(`${wanted}.`);

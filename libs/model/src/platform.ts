import { SyncError } from './errors.ts';
import { clip } from './text/clip.ts';

/** A platform wish. Absent parts match anything (dregsy accepts `linux` as well as `linux/arm64/v8`). */
export interface Platform {
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
}

/** What of an index is copied: every platform, or one. Absent where this type is optional: the platform of the machine that plans, or copies without a plan. */
export type PlatformSelection = 'all' | Platform;

/**
 * Splits `os[/architecture[/variant]]`; `all` is every platform; empty text is absent.
 *
 * @throws {SyncError} `PLATFORM_INVALID` on blanks or more than three parts.
 */
export function parsePlatform(text: string): PlatformSelection | undefined {
  if (text === '') return undefined;
  if (text === 'all') return 'all';
  const [os, architecture, variant, ...more] = text.split('/');
  if (more.length > 0 || /\s/.test(text)) {
    throw new SyncError('PLATFORM_INVALID', {
      message: `"${clip(text, 200)}" is not a platform`,
      hint: 'write os/architecture or os/architecture/variant, e.g. linux/arm64/v8, or all',
    });
  }
  return { ...(os && { os }), ...(architecture && { architecture }), ...(variant && { variant }) };
}

/** The inverse of `parsePlatform`; absent becomes the empty string. */
export function formatPlatform(platform: PlatformSelection | undefined): string {
  if (platform === undefined || platform === 'all') return platform ?? '';
  const parts = [platform.os ?? '', platform.architecture ?? '', platform.variant ?? ''];
  return parts.join('/').replace(/\/+$/, '');
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/** The platform of this machine in OCI terms; the image default of docker, skopeo and dregsy. */
export function localPlatform(): Platform {
  const os = process.platform === 'win32' ? 'windows' : 'linux';
  return { os, architecture: ARCHITECTURES[process.arch] ?? process.arch };
}

// https://github.com/containerd/platforms: arm without variant is v7, arm64 without variant is v8.
const DEFAULT_VARIANTS: Readonly<Record<string, string>> = { arm: 'v7', arm64: 'v8' };

const variantOf = (platform: Platform): string | undefined =>
  platform.variant ?? DEFAULT_VARIANTS[platform.architecture ?? ''];

/** True when `candidate`, as an index entry states it, is what `wanted` asks for. */
export function matchesPlatform(candidate: Platform, wanted: Platform): boolean {
  if (wanted.os !== undefined && candidate.os !== wanted.os) return false;
  if (wanted.architecture !== undefined && candidate.architecture !== wanted.architecture) return false;
  return wanted.architecture === undefined || variantOf(candidate) === variantOf(wanted);
}

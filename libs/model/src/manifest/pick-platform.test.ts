import { describe, expect, it } from 'vitest';
import { parseDigest } from '../digest.ts';
import { localPlatform, type Platform } from '../platform.ts';
import { type Descriptor, MEDIA_TYPES } from './manifest.ts';
import { pickPlatform } from './pick-platform.ts';

const children = (...platforms: (Platform | undefined)[]): Descriptor[] =>
  platforms.map((platform, position) => ({
    mediaType: MEDIA_TYPES.ociManifest,
    digest: parseDigest(`sha256:${String(position).repeat(64)}`),
    sizeBytes: 1,
    ...(platform !== undefined && { platform }),
  }));

const linux = (architecture: string, variant?: string): Platform => ({
  os: 'linux',
  architecture,
  ...(variant !== undefined && { variant }),
});

describe('model/manifest/pick-platform', () => {
  it.each<[string, Platform, number]>([
    ['architecture', linux('arm64'), 1],
    ['variant', linux('arm', 'v6'), 3],
    ['the usual variant where none is given', linux('arm'), 2],
  ])('picks by %s', (_, wanted, position) => {
    const index = children(linux('amd64'), linux('arm64', 'v8'), linux('arm', 'v7'), linux('arm', 'v6'));
    expect(pickPlatform(index, wanted)).toBe(index[position]);
  });

  it('prefers this machine where the wish leaves parts open', () => {
    const index = children(linux('s390x'), { ...localPlatform(), os: 'linux' });
    expect(pickPlatform(index, { os: 'linux' })).toBe(index[1]);
  });

  it('takes the first match where nothing is for this machine', () => {
    const index = children(undefined, linux('s390x'), linux('riscv64'));
    expect(pickPlatform(index, { os: 'linux' })).toBe(index[1]);
  });

  it('names the platforms there are when the wanted one is missing', () => {
    const index = children(linux('s390x'), linux('arm', 'v7'), undefined);
    expect(() => pickPlatform(index, { os: 'windows' })).toThrow(
      'the image is not there for windows, only for linux/s390x, linux/arm/v7',
    );
  });

  it('names the first of very many', () => {
    const many = Array.from({ length: 2_000 }, (_, position) => linux(`a${position}`));
    const index = many.flatMap((platform) => children(platform));
    expect(() => pickPlatform(index, { os: 'windows' })).toThrow(
      /only for linux\/a0, .{500,1000}… \(\d+ characters\)$/,
    );
  });
});

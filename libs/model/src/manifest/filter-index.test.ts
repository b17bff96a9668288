import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Digest, parseDigest } from '../digest.ts';
import { isPlatformList, parsePlatform } from '../platform.ts';
import { filterIndex } from './filter-index.ts';
import { type Manifest, MEDIA_TYPES } from './manifest.ts';

const digestOf = (text: string | Uint8Array): Digest =>
  parseDigest(`sha256:${createHash('sha256').update(text).digest('hex')}`);

function indexOf(json: string): Manifest {
  const bytes = Buffer.from(json);
  return { mediaType: MEDIA_TYPES.ociIndex, digest: digestOf(bytes), bytes };
}

const ATTESTATION = {
  'vnd.docker.reference.type': 'attestation-manifest',
};

interface EntryRecipe {
  readonly name: string;
  readonly platform?: string;
  readonly osVersion?: string;
  /** The entry that it attests. */
  readonly of?: string;
}

function entryOf({ name, platform, osVersion, of }: EntryRecipe): object {
  const [os, architecture, variant] = (of === undefined ? (platform ?? '') : 'unknown/unknown').split('/');
  return {
    mediaType: MEDIA_TYPES.ociManifest,
    digest: digestOf(name),
    size: 500,
    ...(os && { platform: { architecture, os, ...(osVersion && { 'os.version': osVersion }), variant } }),
    ...(of && { annotations: { ...ATTESTATION, 'vnd.docker.reference.digest': digestOf(of) } }),
  };
}

const write = (entries: readonly EntryRecipe[], indent?: number): string =>
  JSON.stringify(
    {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociIndex,
      manifests: entries.map(entryOf),
      annotations: { o: 'ü' },
    },
    undefined,
    indent,
  );

const list = (text: string) => {
  const platform = parsePlatform(text);
  if (!isPlatformList(platform)) throw new Error(`${text} is no list`);
  return platform;
};

const kept = (entries: readonly EntryRecipe[], platforms: string): string => {
  const { manifest } = filterIndex(indexOf(write(entries)), list(platforms));
  expect(manifest.digest).toBe(digestOf(manifest.bytes));
  const { manifests } = JSON.parse(Buffer.from(manifest.bytes).toString());
  const names = new Map<unknown, string>(entries.map(({ name }) => [digestOf(name), name]));
  return manifests.map((left: { digest: string }) => names.get(left.digest)).join(' ');
};

const MULTI: readonly EntryRecipe[] = [
  { name: 'amd', platform: 'linux/amd64' },
  { name: 'arm6', platform: 'linux/arm/v6' },
  { name: 'arm7', platform: 'linux/arm/v7' },
  { name: 'arm8', platform: 'linux/arm64/v8' },
  { name: 'amd attested', of: 'amd' },
  { name: 'arm7 attested', of: 'arm7' },
];

describe('model/manifest/filter-index', () => {
  it.each([
    ['[linux/amd64]', 'amd amd attested'],
    ['linux/arm64,linux/amd64', 'amd arm8 amd attested'],
    ['[linux/arm]', 'arm7 arm7 attested'],
    ['[linux/arm/v6]', 'arm6'],
    ['[linux/amd64/v1]', 'amd amd attested'],
    ['[/arm64]', 'arm8'],
  ])('keeps of an index for %s: %s', (platforms, expected) => {
    expect(kept(MULTI, platforms)).toBe(expected);
  });

  it('tells versions of Windows apart where one is named', () => {
    const windows = [
      { name: '2019', platform: 'windows/amd64', osVersion: '10.0.17763.6189' },
      { name: '2022', platform: 'windows/amd64', osVersion: '10.0.20348.2655' },
    ];
    expect(kept(windows, '[windows(10.0.20348)/amd64]')).toBe('2022');
    expect(kept(windows, '[windows(10.0.2)/amd64,windows(10.0.17763.6189)/amd64]?')).toBe('2019');
    expect(kept(windows, '[windows/amd64]')).toBe('2019 2022');
  });

  it.each([
    ['belongs to itself', [{ name: 'amd', of: 'amd' }, ...MULTI.slice(3, 4)]],
    [
      'belongs to what belongs to another',
      [{ name: 'arm', of: 'amd' }, { name: 'amd', of: 'arm' }, ...MULTI.slice(3, 4)],
    ],
    ['belongs to what is not there', [{ name: 'arm', of: 'elsewhere' }, ...MULTI.slice(3, 4)]],
  ])('takes an entry that %s for one that stands by itself', (_what, entries) => {
    const claimed = write(entries).replaceAll(
      '"architecture":"unknown","os":"unknown"',
      '"architecture":"amd64","os":"linux"',
    );
    const { manifest } = filterIndex(indexOf(claimed), list('[linux/amd64]'));
    const { manifests } = JSON.parse(Buffer.from(manifest.bytes).toString());
    expect(manifests).toHaveLength(entries.length - 1);
    expect(() => filterIndex(indexOf(write(entries)), list('[linux/amd64]'))).toThrow(
      expect.objectContaining({ code: 'PLATFORM_UNKNOWN' }),
    );
  });

  it('does not take what belongs to another for the platform that it names', () => {
    const json = write([...MULTI.slice(0, 1), { name: 'attested', of: 'amd' }]).replace(
      '"architecture":"unknown","os":"unknown"',
      '"architecture":"arm64","os":"linux"',
    );
    expect(() => filterIndex(indexOf(json), list('[linux/amd64,linux/arm64]'))).toThrow(
      expect.objectContaining({ code: 'PLATFORM_UNKNOWN' }),
    );
  });

  it('leaves out an entry whose image is there for a wanted platform as well', () => {
    const json = write(
      [MULTI[0], { name: 'amd', platform: 'linux/mips' }].filter((entry) => entry !== undefined),
    );
    const { manifest } = filterIndex(indexOf(json), list('[linux/amd64]'));
    expect(Buffer.from(manifest.bytes).toString()).not.toContain('mips');
  });

  it('keeps what names no platform, as containerd takes it', () => {
    expect(kept([...MULTI, { name: 'chart' }], '[linux/arm64]')).toBe('arm8 chart');
  });

  it.each([undefined, 3])(
    'has the bytes that the index would have without the other platforms (indent %s)',
    (indent) => {
      const [amd = MULTI[0], arm6, , arm8] = MULTI;
      const chosen = [amd, arm8].filter((entry) => entry !== undefined);
      const golden = write(chosen, indent);
      const all = [arm6, ...chosen].filter((entry) => entry !== undefined);
      for (const platforms of ['linux/amd64,linux/arm64', 'linux/arm64,linux/amd64,linux/amd64']) {
        const { manifest } = filterIndex(indexOf(write(all, indent)), list(platforms));
        expect(Buffer.from(manifest.bytes).toString()).toBe(golden);
        expect(filterIndex(indexOf(golden), list(platforms)).manifest.digest).toBe(manifest.digest);
      }
    },
  );

  it('keeps bytes that are no UTF-8 as they are', () => {
    const json = Buffer.from(write(MULTI).replace('ü', '?'), 'latin1');
    json[json.lastIndexOf('?')] = 0xff;
    const { manifest } = filterIndex({ ...indexOf(''), bytes: json }, list('[linux/amd64]'));
    expect(Buffer.from(manifest.bytes).includes(0xff)).toBe(true);
  });

  it.each([
    [
      '[linux/amd64,linux/s390x]',
      'the image is not there for linux/s390x, only for linux/amd64, linux/arm/v6, linux/arm/v7, linux/arm64/v8',
    ],
    ['[linux/s390x,linux/mips]?', 'the image is not there for linux/mips, linux/s390x, only for'],
  ])('fails for %s', (platforms, message) => {
    expect(() => filterIndex(indexOf(write(MULTI)), list(platforms))).toThrow(
      expect.objectContaining({ code: 'PLATFORM_UNKNOWN', message: expect.stringContaining(message) }),
    );
  });

  it('skips a platform that may be missing, and names it', () => {
    const { missing } = filterIndex(indexOf(write(MULTI)), list('[linux/amd64,linux/s390x]?'));
    expect(missing).toEqual([{ os: 'linux', architecture: 's390x' }]);
  });

  it('refuses an index that has two lists', () => {
    const twice = write(MULTI).replace('"annotations":{"o"', '"manifests":[],"annotations":{"o"');
    expect(() => filterIndex(indexOf(twice), list('[linux/amd64]'))).toThrow(
      expect.objectContaining({ code: 'MANIFEST_INVALID' }),
    );
  });
});

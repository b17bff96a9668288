import { describe, expect, it } from 'vitest';
import { formatPlatform, matchesPlatform, parsePlatform } from './platform.ts';

describe('model/platform', () => {
  it.each([
    ['linux/arm64/v8', { os: 'linux', architecture: 'arm64', variant: 'v8' }],
    ['linux/amd64', { os: 'linux', architecture: 'amd64' }],
    ['linux', { os: 'linux' }],
    ['/amd64', { architecture: 'amd64' }],
    ['all', 'all'],
    ['', undefined],
  ])('splits "%s" and puts it together again', (text, expected) => {
    const platform = parsePlatform(text);
    expect(platform).toEqual(expected);
    expect(formatPlatform(platform)).toBe(text);
  });

  it.each(['linux/amd64/v8/x', 'linux amd64'])('refuses "%s"', (text) => {
    expect(() => parsePlatform(text)).toThrow(expect.objectContaining({ code: 'PLATFORM_INVALID' }));
  });

  it.each([
    [{ os: 'linux', architecture: 'arm64', variant: 'v8' }, { os: 'linux', architecture: 'arm64' }, true],
    [{ os: 'linux', architecture: 'arm64' }, { os: 'linux', architecture: 'arm64', variant: 'v8' }, true],
    [{ os: 'linux', architecture: 'arm', variant: 'v6' }, { os: 'linux', architecture: 'arm' }, false],
    [{ os: 'linux', architecture: 'arm', variant: 'v7' }, { os: 'linux', architecture: 'arm' }, true],
    [{ os: 'windows', architecture: 'amd64' }, { os: 'linux', architecture: 'amd64' }, false],
    [{ os: 'linux', architecture: 'amd64' }, { os: 'linux' }, true],
  ])('tells whether %o is what %o asks for', (candidate, wanted, expected) => {
    expect(matchesPlatform(candidate, wanted)).toBe(expected);
  });
});

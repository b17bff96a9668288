import { isPlatformList, parsePlatform } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { isForPlatform, pullPlatform } from './platform.ts';

function platform(text: string) {
  const parsed = parsePlatform(text);
  if (parsed === undefined || parsed === 'all' || isPlatformList(parsed))
    throw new Error(`${text} is no single platform`);
  return parsed;
}

describe('relay/docker/platform', () => {
  it.each([
    ['linux', 'linux'],
    ['linux/arm64', 'linux/arm64'],
    ['Linux/ARM64/V8', 'linux/arm64/v8'],
    ['/s390x', 'linux/s390x'],
  ])('asks for %s as %s', (text, asked) => {
    expect(pullPlatform(platform(text))).toBe(asked);
  });

  it.each([
    ['linux/amd64', 'linux/amd64', true],
    ['linux/amd64', 'linux', true],
    ['linux/amd64', 'linux/s390x', false],
    ['windows/amd64', 'linux/amd64', false],
    ['linux/arm/v6', 'linux/arm/v7', false],
    ['linux/arm/v7', 'linux/arm', true],
    ['linux/arm', 'linux/arm/v6', true],
    ['linux/arm64/v8', 'linux/arm64', true],
    ['linux/arm64', 'linux/arm64/v8', true],
  ])('says of an image for %s where %s is wanted: %s', (image, wanted, is) => {
    expect(isForPlatform(platform(image), platform(wanted))).toBe(is);
  });
});

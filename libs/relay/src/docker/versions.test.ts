import { describe, expect, it } from 'vitest';
import { negotiateVersion, takesPushPlatform } from './versions.ts';

describe('relay/docker/versions', () => {
  it.each([
    ['1.41', '1.12', '1.41'],
    ['1.46', '1.24', '1.46'],
    ['1.52', '1.44', '1.46'],
    ['1.60', '1.50', '1.50'],
    ['1.9', '1.2', '1.9'],
  ])('speaks with a daemon of %s down to %s version %s', (newest, oldest, spoken) => {
    expect(negotiateVersion({ newest, oldest })).toBe(spoken);
  });

  it.each([
    ['1.45', false],
    ['1.46', true],
    ['1.9', false],
    ['2.0', true],
  ])('knows whether a push of version %s takes a platform', (version, takes) => {
    expect(takesPushPlatform(version)).toBe(takes);
  });
});

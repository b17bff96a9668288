import { describe, expect, it } from 'vitest';
import { isInstalled } from './npm-packages.mjs';

const LOCK = {
  '': { version: '0.1.0' },
  'libs/model': { version: '0.1.0' },
  'node_modules/yaml': { version: '2.9.1' },
  'node_modules/@turbo/darwin-64': { version: '2.11.11', optional: true },
};

describe('scripts/setup/npm-packages', () => {
  it('needs no package of another platform and no workspace', () => {
    expect(isInstalled(LOCK, { 'node_modules/yaml': { version: '2.9.1' } })).toBe(true);
  });

  it('misses what is not there', () => {
    expect(isInstalled(LOCK, {})).toBe(false);
  });

  it('takes another version for not installed', () => {
    expect(isInstalled(LOCK, { 'node_modules/yaml': { version: '2.9.0' } })).toBe(false);
  });
});

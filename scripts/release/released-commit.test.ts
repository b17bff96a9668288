import { describe, expect, it } from 'vitest';
import { type Checkout, objection } from './released-commit.ts';

const RELEASABLE: Checkout = {
  version: '1.2.0',
  revision: 'abc',
  tags: [''],
  changelog: '# Changelog\n\n## 1.2.0\n\n## 1.1.0\n',
  isInstalled: true,
};

describe('scripts/release/released-commit', () => {
  it.each<[string, Partial<Checkout>]>([
    ['no tag', {}],
    ['its tag', { tags: ['tried', 'v1.2.0'] }],
    ['a date beside its version', { changelog: '## 1.2.0 (2026-11-28)\n' }],
  ])('is one with %s', (_title, part) => {
    expect(objection({ ...RELEASABLE, ...part })).toBeUndefined();
  });

  it.each<[Partial<Checkout>, string]>([
    [{ revision: 'abc-modified' }, 'files differ from the commit: commit them or put them away'],
    [{ tags: ['v1.1.0'] }, 'the commit is tagged v1.1.0, and package.json says 1.2.0'],
    [{ changelog: '## 1.2.01\n' }, 'CHANGELOG.md has no section "## 1.2.0"'],
    [{ isInstalled: false }, 'node_modules is not what package-lock.json says: run npm ci'],
  ])('is none with %j', (part, refusal) => {
    expect(objection({ ...RELEASABLE, ...part })).toBe(refusal);
  });
});

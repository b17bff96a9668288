import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { LUA_KEYS, makeKeys } from './keys.ts';

const DOCS = new URL('../../../../docs/operations.md', import.meta.url);

/** The first part of each key of ours, `prefix` and `root` left out. */
function spaces(): string[] {
  const { prefix, root, ...keys } = makeKeys('p');
  const own = Object.values(keys).map((key) => (typeof key === 'string' ? key : key('id')));
  const ofScripts = [...LUA_KEYS.matchAll(/root \.\. '([a-z-]+)/g)].map(([, space = '']) => space);
  return [...new Set([...own.map((key) => key.slice(root.length).split(':')[0] ?? ''), ...ofScripts])].sort();
}

describe('queue/redis/keys', () => {
  it('has none of which docs/operations.md does not say how long it is kept', async () => {
    const [, section = ''] = (await readFile(DOCS, 'utf8')).split('## What Redis keeps');
    const told = [...(section.split('\n## ')[0] ?? '').matchAll(/`([a-z-]+)(?::\*)?`/g)].map(
      ([, space]) => space,
    );
    expect(spaces().filter((space) => !told.includes(space))).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { parseConfig } from './parse.ts';

function fingerprint(task: string, top = ''): string | undefined {
  const { config } = parseConfig(`${top}relay: skopeo\ntasks:\n- ${task}\n`, { file: 'x', env: {} });
  return config?.tasks[0]?.fingerprint;
}

const SOURCE = 'source: {registry: a, username: joe, password: secret}';
const TASK = `{name: test, ${SOURCE}, target: {registry: b}, mappings: [{from: c, tags: [latest]}]}`;

describe('config/fingerprint', () => {
  it('is short hex', () => {
    expect(fingerprint(TASK)).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each([
    [
      'the order of keys',
      `{mappings: [{tags: [latest], from: c}], target: {registry: b}, ${SOURCE}, name: test}`,
    ],
    ['comments', `${TASK} # why`],
    ['quotes', TASK.replace('latest', '"latest"')],
    ['defaults that are written out', TASK.replace('name: test', 'name: test, interval: 0, verbose: no')],
    ['the password', TASK.replace('secret', 'other')],
  ])('does not depend on %s', (_what, task) => {
    expect(fingerprint(task)).toBe(fingerprint(TASK));
  });

  it.each([
    ['the name', TASK.replace('name: test', 'name: other')],
    ['the user', TASK.replace('joe', 'jim')],
    ['a registry', TASK.replace('registry: b', 'registry: d')],
    ['the interval', TASK.replace('name: test', 'name: test, interval: 60')],
    ['the relay', TASK.replace('name: test', 'name: test, relay: direct')],
    ['a mapping', TASK.replace('latest', 'stable')],
    ['a least number of tags', TASK.replace('from: c', 'from: c, min-tags: 1')],
    ['a platform', TASK.replace('from: c', 'from: c, platform: linux/arm64')],
  ])('changes with %s', (_what, task) => {
    expect(fingerprint(task)).toBeDefined();
    expect(fingerprint(task)).not.toBe(fingerprint(TASK));
  });

  it.each([
    'on-change: refuse',
    'backup: "{tag}-{date}"',
    'keep-digests: 10',
    'trail: 7d',
    'trail: 7d, first: copy',
  ])('changes with %s', (rule) => {
    const direct = TASK.replace('name: test', 'name: test, relay: direct');
    const ruled = fingerprint(direct.replace('from: c', `from: c, ${rule}`));
    expect(ruled).toBeDefined();
    expect(ruled).not.toBe(fingerprint(direct));
    const written = direct.replace('from: c', 'from: c, on-change: overwrite');
    expect(fingerprint(written)).toBe(fingerprint(direct));
  });

  it('changes with what the task inherits', () => {
    expect(fingerprint(TASK, 'registries: {a: {concurrency: 2}}\n')).not.toBe(fingerprint(TASK));
  });
});

import { parseConfig, type SyncConfig } from '@regfleet/config';
import { describe, expect, it } from 'vitest';
import { scopesNamed } from './hold-scopes.ts';

const nobody = { all: false };

function configOf(): SyncConfig {
  const text = `
relay: direct
registries: {quay.io: {}}
tasks:
- {name: nightly, source: {registry: docker.io}, target: {registry: mirror.test}, mappings: [{from: library/a}]}
- {name: hourly, source: {registry: docker.io}, target: {registry: mirror.test}, mappings: [{from: library/b}]}
`;
  const { config } = parseConfig(text, { file: 'test.yaml', env: {} });
  if (config === undefined) throw new Error('the config of the test is wrong');
  return config;
}

describe('cli/hold-scopes', () => {
  it('takes tasks, registries by any of their names, and everything, each once', () => {
    const flags = {
      task: ['nightly', 'nightly'],
      registry: ['index.docker.io', 'Docker.io', 'quay.io'],
      all: true,
    };
    expect(scopesNamed(configOf(), flags)).toEqual([
      { kind: 'everything' },
      { kind: 'task', task: 'nightly' },
      { kind: 'registry', registry: 'docker.io' },
      { kind: 'registry', registry: 'quay.io' },
    ]);
  });

  it('takes what is held though the config knows it no more', () => {
    const gone = { kind: 'task', task: 'gone' } as const;
    const left = { kind: 'registry', registry: 'left.test' } as const;
    const held = [{ scope: gone }, { scope: left }];
    expect(scopesNamed(configOf(), { ...nobody, task: ['gone'], registry: ['left.test'] }, held)).toEqual([
      gone,
      left,
    ]);
  });

  it.each([
    [nobody, 'USAGE_INVALID', 'give --task NAME, --registry HOST or --all'],
    [{ ...nobody, task: ['nightli'] }, 'TASK_UNKNOWN', 'did you mean "nightly"?'],
    [{ ...nobody, registry: ['mirror.tst'] }, 'USAGE_INVALID', 'did you mean "mirror.test"?'],
    [
      { ...nobody, registry: ['nothing.like.it'] },
      'USAGE_INVALID',
      'it names quay.io, docker.io, mirror.test',
    ],
  ])('refuses %j', (flags, code, hint) => {
    expect(() => scopesNamed(configOf(), flags)).toThrow(expect.objectContaining({ code, hint }));
  });
});

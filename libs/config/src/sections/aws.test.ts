import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Location, Side } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import type { SyncConfig } from '../model.ts';
import { parseConfig } from '../parse.ts';

function parsed(text: string): SyncConfig {
  const { config, issues } = parseConfig(text, { file: 'config.yaml', env: {} });
  if (config === undefined) throw new Error(JSON.stringify(issues));
  return config;
}

const FIXTURE = join(import.meta.dirname, '../../../../test/fixtures/config/valid/aws-identities.yaml');
const HOST = '222222222222.dkr.ecr.eu-west-1.amazonaws.com';
const ROLE = { roleArn: 'arn:aws:iam::222222222222:role/mirror', externalId: 'fleet-1' };
const TAGS = { team: 'platform', 'cost-centre': '4711' };

describe('config/sections/aws', () => {
  const config = parsed(readFileSync(FIXTURE, 'utf8'));
  const location = (task: string, side: Side): Location | undefined => {
    const found = config.tasks.find(({ name }) => name === task);
    return side === 'source' ? found?.source : found?.targets[0];
  };

  it('gives a location what registries says of its host', () => {
    expect(location('inherits', 'target')).toMatchObject({
      aws: ROLE,
      newRepositories: { tags: TAGS, scanOnPush: true },
    });
    expect(config.registries.get(HOST)).toMatchObject({ aws: ROLE, newRepositories: { tags: TAGS } });
  });

  it('replaces an inherited identity as a whole, and settings of repositories key by key', () => {
    const target = location('overrides', 'target');
    expect(target?.aws).toEqual({ profile: 'production' });
    expect(target?.newRepositories).toMatchObject({
      tags: TAGS,
      scanOnPush: false,
      immutableTags: true,
      lifecyclePolicy: expect.stringMatching(/^\{"rules": .*\}$/),
    });
  });

  it('knows the hosts of every partition, with a path and with a public account', () => {
    expect(location('inherits', 'source')?.aws).toEqual({ profile: 'staging' });
    expect(location('everywhere', 'source')?.aws?.roleArn).toContain('aws-cn');
    expect(location('everywhere', 'target')).toMatchObject({
      registry: { text: 'public.ecr.aws' },
      ecrPublic: { account: '123456789012' },
      aws: { profile: 'public' },
    });
  });

  it('leaves out what says nothing', () => {
    for (const side of ['source', 'target'] as const) {
      const said = location('nothing-said', side);
      expect(said).not.toHaveProperty('aws');
      expect(said).not.toHaveProperty('newRepositories');
    }
  });

  it('merges tags key by key where a section is merged, and lets the later value win', () => {
    const merged = parsed(`
x-target: &target
  registry: ${HOST}
  ecr: {tags: {team: platform, stage: test}}
tasks:
- name: test
  source: {registry: docker.io}
  target:
    <<: *target
    ecr: {tags: {stage: production}}
`);
    expect(merged.tasks[0]?.targets[0]?.newRepositories).toEqual({
      tags: { team: 'platform', stage: 'production' },
    });
  });

  it('refuses more tags than AWS takes', () => {
    const tags = Array.from({ length: 51 }, (_, index) => `        tag-${index}: value`).join('\n');
    const text = `tasks: []\nregistries:\n  ${HOST}:\n    ecr:\n      tags:\n${tags}\n`;
    const { issues } = parseConfig(text, { file: 'config.yaml', env: {} });
    expect(issues).toMatchObject([{ rule: 'ecr-tags-too-many', line: 5 }]);
  });

  it('takes part in the fingerprint of a task', () => {
    const fingerprint = (aws: string): string | undefined =>
      parsed(`tasks: [{name: t, source: {registry: docker.io}, target: {registry: ${HOST}, aws: ${aws}}}]`)
        .tasks[0]?.fingerprint;
    expect(fingerprint('{profile: one}')).not.toBe(fingerprint('{profile: two}'));
  });
});

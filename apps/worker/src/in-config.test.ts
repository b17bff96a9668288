import { parseConfig, type SyncConfig } from '@regfleet/config';
import { type CopyRequest, parseReference, type RelayName } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { checkInConfig } from './in-config.ts';

function configWith(rule: string): SyncConfig {
  const text = `
relay: direct
tasks:
- name: t
  source: {registry: a.example.com}
  target: {registry: b.example.com}
  mappings: [{from: app, ${rule}}]
`;
  const { config, issues } = parseConfig(text, { file: 'test.yaml', env: {} });
  if (config === undefined) throw new Error(JSON.stringify(issues));
  return config;
}

const request = (relay: RelayName, tag = '1', task: { task?: string } = { task: 't' }): CopyRequest => ({
  relay,
  source: parseReference('a.example.com/app:1'),
  target: parseReference(`b.example.com/app:${tag}`),
  ...task,
});

describe('worker/in-config: tags that move', () => {
  it.each(['trail: 7d', 'keep-digests: 10', "backup: '{tag}-{date}'", 'on-change: keep'])(
    'lets no relay overwrite what %s wants to stay, whatever the job says',
    (rule) => {
      const config = configWith(rule);
      expect(() => checkInConfig(request('direct'), config)).not.toThrow();
      for (const relay of ['skopeo', 'docker'] as const)
        expect(() => checkInConfig(request(relay), config)).toThrow(/overwrites what/);
    },
  );

  it('writes no anchor, with a task or without', () => {
    const anchor = `regfleet.hold.1.19700101000000000.${'0'.repeat(32)}`;
    const config = configWith('trail: 7d');
    for (const task of [{ task: 't' }, {}])
      expect(() => checkInConfig(request('direct', anchor, task), config)).toThrow(/anchor/);
  });
});

import { parseReference } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { namesRoute, registriesOf, requestLocation, routeLimits, usesRoute } from '../location-for.ts';
import type { SyncConfig } from '../model.ts';
import { parseConfig } from '../parse.ts';

function parsed(target: object): SyncConfig {
  const task = { name: 't', source: { registry: 'hub.test' }, ...target, mappings: [{ from: 'app' }] };
  const text = JSON.stringify({
    relay: 'direct',
    registries: { 'b.test': { 'target-concurrency': 2 } },
    tasks: [task],
  });
  const { config, issues } = parseConfig(text, { file: 'test.yaml', env: {} });
  if (config === undefined) throw new Error(JSON.stringify(issues));
  return config;
}

const several = parsed({
  targets: [
    { registry: 'a.test', username: 'joe', password: 'x' },
    { registry: 'b.test/one', username: 'one', password: 'x' },
    { registry: 'b.test/one/two', username: 'two', password: 'x' },
  ],
});

describe('config/sections/targets', () => {
  it('knows every target as a registry and a route of its task, with its own limit', () => {
    expect([...registriesOf(several)].sort()).toEqual(['a.test', 'b.test', 'hub.test']);
    for (const target of ['a.test', 'b.test']) {
      expect(usesRoute(several, { relay: 'direct', source: 'hub.test', target })).toBe(true);
      expect(namesRoute(several, { source: 'hub.test', target })).toBe(true);
    }
    expect(usesRoute(several, { relay: 'direct', source: 'hub.test', target: 'c.test' })).toBe(false);
    expect(routeLimits(several, { source: 'hub.test', target: 'b.test' })).toEqual({ target: 2 });
  });

  it.each([
    ['a.test/app:1', 'joe'],
    ['b.test/one/app:1', 'one'],
    ['b.test/one/two/app:1', 'two'],
    ['b.test/one/twofold:1', 'one'],
  ])('reaches %s as %s', (target, username) => {
    const request = { relay: 'direct', task: 't', source: parseReference('hub.test/app:1') } as const;
    const found = requestLocation(several, { ...request, target: parseReference(target) }, 'target');
    expect(found.auth).toMatchObject({ username });
  });

  it('takes a list of one for what it is', () => {
    const fingerprints = [
      { target: { registry: 'a.test' } },
      { targets: [{ registry: 'a.test' }] },
      { targets: [{ registry: 'a.test' }, { registry: 'b.test' }] },
    ].map((target) => parsed(target).tasks[0]?.fingerprint);
    expect(fingerprints[1]).toBe(fingerprints[0]);
    expect(fingerprints[2]).not.toBe(fingerprints[0]);
  });
});

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../parse.ts';
import { configSchema } from './config.ts';
import { configJsonSchema } from './json-schema.ts';
import { configReference } from './reference.ts';
import { sectionsOf } from './sections.ts';

const yamlBlocks = [...configReference().matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml]) => yaml ?? '');

describe('config/schema/reference', () => {
  it('has an example for every section', () => {
    expect(yamlBlocks.length).toBeGreaterThanOrEqual(sectionsOf(configSchema).length);
  });

  it.each(yamlBlocks)('shows examples without any issue: %s', (yaml) => {
    const { issues } = parseConfig(yaml, { file: 'config.md', env: {} });
    // Some show a part of a file.
    expect(issues.filter(({ rule }) => rule !== 'tasks-missing')).toEqual([]);
  });

  it('has a row for every key', () => {
    for (const section of sectionsOf(configSchema)) {
      for (const key of Object.keys(section.fields)) expect(configReference()).toContain(`\n| \`${key}\` |`);
    }
  });
});

describe('config/schema/json-schema', () => {
  const schema = z.fromJSONSchema(JSON.parse(JSON.stringify(configJsonSchema())));
  const location = { registry: 'docker.io' };
  const task = {
    name: 'test',
    source: location,
    target: location,
    mappings: [{ from: 'a', tags: ['1', 1.1, null] }],
  };

  it.each([
    {},
    null,
    { relay: 'direct', watch: true, 'x-anything': [1] },
    { tasks: [{ ...task, interval: 0 }] },
    { tasks: [{ ...task, interval: 30 }] },
    { tasks: [{ ...task, interval: 45.5 }] },
    { watchh: true, tasks: [{ ...task, intervall: 3 }] },
    { tasks: [task], lister: { cacheDuration: '1h30m', maxItems: -1 } },
    {
      tasks: [
        { ...task, target: { ...location, aws: { profile: 'a' }, ecr: { tags: { team: 'a', cost: 1 } } } },
      ],
    },
    { tasks: [{ ...task, target: null, targets: [location, { registry: 'b.test' }] }] },
    { tasks: [{ ...task, retries: { backoff: '10s' } }], registries: { 'docker.io': { concurrency: 4 } } },
  ])('accepts %j', (config) => {
    expect(schema.safeParse(config).error).toBeUndefined();
  });

  it.each([
    { tasks: [{ ...task, mappings: [{ from: 'a', 'min-tags': 0 }] }] },
    { relay: 'splunge' },
    { tasks: [{ ...task, interval: 29 }] },
    { tasks: [{ ...task, interval: -1 }] },
    { tasks: [{ ...task, interval: 100 * 365 * 24 * 60 * 60 + 1 }] },
    { watch: 'maybe' },
    { lister: { cacheDuration: '1d' } },
    { tasks: [{ name: 'test' }] },
    { tasks: [{ ...task, target: undefined }] },
    { tasks: [{ ...task, targets: [location] }] },
    { tasks: [{ ...task, source: { auth: 'none' } }] },
    { registries: { 'docker.io': { ecr: { tags: { team: ['a'] } } } } },
  ])('refuses %j', (config) => {
    expect(schema.safeParse(config).success).toBe(false);
  });

  it('marks every unknown key as validate does, as a warning', () => {
    const { $id, additionalProperties, $defs } = configJsonSchema();
    const warned = { deprecated: true, deprecationMessage: expect.stringContaining('unknown key') };
    for (const section of [{ additionalProperties }, ...Object.values($defs as object)])
      expect(section).toMatchObject({ additionalProperties: warned });
    expect($id).toMatch(/^urn:/);
    const { issues } = parseConfig('watchh: true\ntasks: []\n', { file: 'config.yaml', env: {} });
    expect(issues.map(({ severity }) => severity)).toEqual(['warning']);
  });
});

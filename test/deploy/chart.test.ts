import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '@regfleet/config';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { chartHash } from '../../scripts/chart/chart-hash.ts';
import { immutableFields } from '../../scripts/chart/immutable-fields.ts';
import { schemaErrors } from './kubernetes-schema.ts';
import {
  deployFile,
  type KubernetesObject,
  kustomization,
  readDeployFile,
  readYaml,
  renderings,
} from './read.ts';

const CHART = 'helm/regfleet';
const ROOT = join(import.meta.dirname, '../..');

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
}

interface ScaledExample extends Pick<KubernetesObject, 'apiVersion' | 'kind'> {
  readonly spec: {
    readonly scaleTargetRef: { readonly name: string };
    readonly triggers: readonly { readonly metadata: { readonly url: string } }[];
  };
}

const values = readYaml(`${CHART}/values.yaml`)[0] as Record<string, unknown>;
const schema = JSON.parse(readDeployFile(`${CHART}/values.schema.json`)) as Schema;
// Helm's own, of parent charts.
const OTHERS = ['global'];

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keys of the values and of their schema that only one of both has. */
function differences(value: Record<string, unknown>, { properties = {} }: Schema, path = ''): string[] {
  const names = new Set([...Object.keys(value), ...Object.keys(properties)]);
  return [...names].flatMap((name) => {
    const [own, known] = [value[name], properties[name]];
    if (known === undefined || !(name in value)) return OTHERS.includes(name) ? [] : [`${path}${name}`];
    return known.properties !== undefined && isMap(own) ? differences(own, known, `${path}${name}.`) : [];
  });
}

/** Sections of a schema that would take any key. */
function openSections({ properties, ...rest }: Schema, path = ''): string[] {
  if (properties === undefined) return [];
  const own = rest.additionalProperties === false ? [] : [path];
  return [
    ...own,
    ...Object.entries(properties).flatMap(([name, child]) => openSections(child, `${path}.${name}`)),
  ];
}

const rendered = renderings();

describe('deploy/helm', () => {
  it('is what the renderings beside it were made of: `npm run chart` after each change', () => {
    expect(readDeployFile('helm/rendered/chart.sha256').trim()).toBe(chartHash(deployFile(CHART)));
  });

  it('has a schema for each value and a default for each key of the schema', () => {
    expect(differences(values, schema)).toEqual([]);
    expect(openSections(schema)).toEqual([]);
  });

  it.each([
    [
      'image.repository',
      ['regfleet', 'registry.example.com:5000/team/regfleet'],
      ['a.test/regfleet:1', 'a@b'],
    ],
    ['nameOverride', ['', 'mirror-2'], ['A B', 'UPPER', '2nd', 'a.b', 'a-']],
    ['fullnameOverride', ['', 'mirror-2'], ['A B', 'UPPER', '2nd', 'a.b', 'a-']],
  ])('refuses values of %s that Kubernetes would', (path, good, bad) => {
    const { properties, $defs } = schema as Schema & { readonly $defs: Record<string, Schema> };
    let at = { properties } as Schema;
    for (const key of path.split('.')) at = at.properties?.[key] ?? {};
    const { pattern = '', $ref = '' } = at as { readonly pattern?: string; readonly $ref?: string };
    const { pattern: own = pattern } = ($defs[$ref.replace('#/$defs/', '')] ?? {}) as { pattern?: string };
    const isTaken = (value: string): boolean => new RegExp(own, 'u').test(value);
    expect({ good: good.filter(isTaken), bad: bad.filter(isTaken) }).toEqual({ good, bad: [] });
  });

  it('is installed with values that there are, where the README shows some', () => {
    const shown = /```yaml\n(image:[\s\S]*?)```/.exec(readDeployFile('README.md'))?.[1] ?? '';
    const example = parse(shown) as Record<string, unknown>;
    expect(differences(example, schema).filter((key) => key in example)).toEqual([]);
    const env = { REGISTRY_AUTH: 'am9lOnNlY3JldA==' };
    expect(parseConfig(String(example.config), { file: 'config.yaml', env }).issues).toEqual([]);
    const table = [...readDeployFile('README.md').matchAll(/^\| .* \| (`.*) \|$/gm)].map(
      ([, cell = '']) => cell,
    );
    const named = table.flatMap((cell) =>
      [...cell.matchAll(/`(\w+)[\w.]*(?::[^`]*)?`/g)].map(([, key = '']) => key),
    );
    expect(named).toContain('networkPolicy');
    const known = JSON.stringify(schema);
    expect(named.filter((key) => !known.includes(`"${key}":`))).toEqual([]);
  });

  it('is of the version of the project, as is the image of the kustomization', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(readYaml(`${CHART}/Chart.yaml`)[0]).toMatchObject({ version, appVersion: version });
    expect(kustomization().images).toMatchObject([{ newTag: version }]);
  });

  it('has a valid config by default', () => {
    expect(parseConfig(String(values.config), { file: 'config.yaml', env: {} }).issues).toEqual([]);
  });

  it('has rules that a PrometheusRule takes, which takes no others', () => {
    const rule = (spec: unknown) => ({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'regfleet' },
      spec,
    });
    const rules = readYaml('alerts/regfleet.rules.yaml')[0];
    expect(schemaErrors(rule(rules))).toEqual([]);
    const misspelt = JSON.parse(JSON.stringify(rules).replaceAll('"expr"', '"expression"')) as unknown;
    expect(schemaErrors(rule(misspelt)).join('\n')).toMatch(/expression is no field of PrometheusRule/);
    expect(schemaErrors(rule({ groups: 'none' })).join('\n')).toMatch(/groups does not fulfil type/);
  });

  it('has an example of a ScaledObject that fits the objects of kubernetes/', () => {
    const [example] = readYaml('kubernetes/autoscaling/scaled-object.yaml') as [ScaledExample];
    expect(schemaErrors(example)).toEqual([]);
    const { scaleTargetRef, triggers } = example.spec;
    const names = rendered[0]?.[1].map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names).toContain(`Deployment ${scaleTargetRef.name}`);
    const { hostname, port, pathname } = new URL(triggers[0]?.metadata.url ?? '');
    expect(names).toContain(`Service ${hostname.split('.')[0]}`);
    expect([port, pathname]).toEqual(['9090', '/scale']);
  });

  const kept = JSON.parse(readDeployFile('helm/rendered/immutable.json')) as Record<
    string,
    Record<string, Record<string, unknown>>
  >;
  const versions = Object.entries(kept).flatMap(([version, byValues]) =>
    Object.entries(byValues).map(([name, fields]): [string, string, Record<string, unknown>] => [
      version,
      name,
      fields,
    ]),
  );

  it.each(versions)(
    'can be put in place of version %s with the values of %s: no field differs that cannot be changed',
    (_version, name, fields) => {
      const rendering = rendered.find(([values]) => values === name)?.[1] ?? [];
      expect(immutableFields(rendering)).toMatchObject(fields);
    },
  );

  it('would be found out where a selector, a claim or a name changes', () => {
    const objects = rendered[0]?.[1] ?? [];
    const changed = JSON.parse(
      JSON.stringify(objects).replaceAll('"storage":"2Gi"', '"storage":"3Gi"'),
    ) as KubernetesObject[];
    expect(immutableFields(changed)).not.toEqual(immutableFields(objects));
    const [[, , before] = ['', '', {}]] = versions;
    expect(immutableFields(objects.filter(({ kind }) => kind !== 'StatefulSet'))).not.toMatchObject(before);
  });
});

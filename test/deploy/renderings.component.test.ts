import { describe, expect, it } from 'vitest';
import { schemaErrors } from './kubernetes-schema.ts';
import { type Container, type KubernetesObject, podsOf, renderings } from './read.ts';

const all = renderings();
const byName = (objects: readonly KubernetesObject[]): [string, KubernetesObject][] =>
  objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]);

/** MiB of an amount of memory. */
const mebibytes = (amount: unknown): number => {
  const [, number = '', unit = ''] = /^(\d+)(Mi|Gi|mb)$/.exec(String(amount)) ?? [];
  return Number(number) * (unit === 'Gi' ? 1024 : 1);
};

const isService = ({ args = [] }: Container): boolean => args[0] !== 'sync';

describe.each(all)('deploy: the rendering %s', (_name, objects) => {
  const pods = podsOf(objects);

  it.each(byName(objects))('has a %s that follows its schema and has no unknown field', (_what, object) => {
    expect(schemaErrors(object)).toEqual([]);
  });

  it('has each object once', () => {
    const names = byName(objects).map(([name]) => name);
    expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
  });

  it.each(pods)('has pods of %s that meet the restricted pod security standard', (_what, { spec }) => {
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    for (const container of spec.containers) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it.each(pods)('has pods of %s that are limited in what they take', (_what, { spec }) => {
    for (const { resources } of spec.containers) {
      expect(resources).toEqual({
        requests: {
          cpu: expect.anything(),
          memory: expect.anything(),
          'ephemeral-storage': expect.anything(),
        },
        limits: { memory: expect.anything(), 'ephemeral-storage': expect.anything() },
      });
    }
    const folders = spec.volumes?.flatMap(({ emptyDir }) => emptyDir ?? []) ?? [];
    expect(folders.every(({ sizeLimit }) => sizeLimit !== undefined)).toBe(true);
  });

  it.each(pods)(
    'has pods of %s whose images have a version, and whose volumes are mounted',
    (_what, { spec }) => {
      for (const { image, volumeMounts = [] } of spec.containers) {
        expect(image).toMatch(/(?::(?!latest$)[\w.-]+|@sha256:[0-9a-f]{64})$/);
        const names = new Set(spec.volumes?.map(({ name }) => name));
        const mounted = new Set(volumeMounts.map(({ name }) => name).filter((name) => name !== 'data'));
        expect(mounted).toEqual(names);
      }
    },
  );

  it.each(pods)('has probes for pods of %s that serve', (_what, { spec }) => {
    for (const container of spec.containers.filter(isService)) {
      expect(container.readinessProbe).toBeDefined();
      expect(container.livenessProbe).toBeDefined();
    }
  });

  it.each(pods)('has a NetworkPolicy for pods of %s, both ways', (_what, { metadata }) => {
    const policies = objects.filter(({ kind, spec }) => {
      const labels = Object.entries(spec?.podSelector?.matchLabels ?? { none: true });
      return (
        kind === 'NetworkPolicy' &&
        labels.every(([label, value]) => Reflect.get(metadata.labels, label) === value)
      );
    });
    expect(policies).toHaveLength(1);
    expect(policies[0]?.spec?.policyTypes).toEqual(['Ingress', 'Egress']);
  });

  it('finds its pods by the selectors of Deployments, StatefulSets, Services, budgets and monitors', () => {
    const selectors = objects.flatMap(({ kind, spec }) => {
      const selector = spec?.selector;
      if (selector === undefined) return [];
      return [kind === 'Service' ? selector : (selector.matchLabels ?? {})];
    });
    for (const selector of selectors) {
      expect(Object.keys(selector)).not.toContain('helm.sh/chart');
      const found = pods.filter(([, { metadata }]) =>
        Object.entries(selector).every(([label, value]) => Reflect.get(metadata.labels, label) === value),
      );
      expect(found).not.toEqual([]);
    }
  });

  it('gives Redis less to keep than its container may take', () => {
    for (const [, { spec }] of pods.filter(([name]) => name.endsWith('-redis'))) {
      for (const { args = [], resources } of spec.containers) {
        const limit = mebibytes(Reflect.get(resources?.limits ?? {}, 'memory'));
        const most = mebibytes(args[args.indexOf('--maxmemory') + 1]);
        expect(most).toBeGreaterThan(0);
        expect(most).toBeLessThanOrEqual(limit * 0.75);
      }
    }
  });
});

/** Networks that a rule of a NetworkPolicy excepts, by the rules of some objects that allow any address. */
const exceptions = (objects: readonly KubernetesObject[]): string[][] =>
  objects.flatMap(({ spec }) =>
    (spec?.egress ?? []).flatMap(({ to = [] }) =>
      to.flatMap((peer) => {
        const { ipBlock } = peer as { ipBlock?: { cidr: string; except?: string[] } };
        return ipBlock === undefined ? [] : [[ipBlock.cidr, ...(ipBlock.except ?? [])]];
      }),
    ),
  );

describe('deploy: what is rendered', () => {
  it('keeps pods from the metadata of the machines of clouds', () => {
    const [[, objects] = ['', []]] = all;
    const blocks = [
      ['0.0.0.0/0', '169.254.0.0/16'],
      ['::/0', 'fe80::/10', 'fd00:ec2::/32'],
    ];
    expect(exceptions(objects)).toEqual([...blocks, ...blocks]);
  });

  const kinds = all.flatMap(([, objects]) => objects.map(({ kind }) => kind));

  it('has every kind that the chart makes, but for rules and dashboards, which are tested where they are', () => {
    expect(new Set(kinds)).toEqual(
      new Set([
        ...['CronJob', 'Deployment', 'NetworkPolicy', 'PodDisruptionBudget', 'PodMonitor', 'ScaledObject'],
        ...['Secret', 'Service', 'ServiceAccount', 'StatefulSet'],
        ...kinds.filter((kind) => ['ConfigMap', 'PrometheusRule'].includes(kind)),
      ]),
    );
  });

  it('leaves the number of workers to the autoscaler where there is one', () => {
    const workers = all.flatMap(([, objects]) => {
      const isScaled = objects.some(({ kind }) => kind === 'ScaledObject');
      return objects
        .filter(({ kind, metadata }) => kind === 'Deployment' && metadata.name.endsWith('-worker'))
        .map(({ spec }) => ({ isScaled, hasReplicas: spec?.replicas !== undefined }));
    });
    expect(workers.map(({ isScaled }) => isScaled)).toContain(true);
    expect(workers.filter(({ isScaled, hasReplicas }) => isScaled === hasReplicas)).toEqual([]);
  });
});

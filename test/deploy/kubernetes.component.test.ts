import { parseConfig } from '@regfleet/config';
import { describe, expect, it } from 'vitest';
import { schemaErrors } from './kubernetes-schema.ts';
import {
  flagValue,
  type KubernetesObject,
  kubernetesFiles,
  kubernetesObjects,
  kustomization,
  podTemplates,
  readYaml,
} from './read.ts';

const objects = kubernetesObjects();
// What a container needs to close after its grace period.
const CLOSING_SECONDS = 30;

describe('deploy/kubernetes', () => {
  it.each([
    ['a misspelt field', { terminationGracePeriodSecond: 1 }, /terminationGracePeriodSecond is no field/],
    [
      'a value of the wrong type',
      { terminationGracePeriodSeconds: 'long' },
      /terminationGracePeriodSeconds does not fulfil type {"type":"integer"}/,
    ],
    [
      'a misspelt field in a list',
      { containers: [{ name: 'a', imagePullpolicy: 'Always' }] },
      /0\/imagePullpolicy is no field/,
    ],
  ])('would be refused with %s', (_what, fields, error) => {
    const spec = {
      selector: { matchLabels: {} },
      template: { metadata: {}, spec: { containers: [{ name: 'a' }], ...fields } },
    };
    const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' }, spec };
    expect(schemaErrors(object as unknown as KubernetesObject).join('\n')).toMatch(error);
  });

  it('is applied whole by its kustomization', () => {
    expect(kustomization().resources.toSorted()).toEqual(kubernetesFiles());
  });

  it('names no namespace', () => {
    expect(objects.filter((object) => object.metadata.namespace !== undefined)).toEqual([]);
  });

  it('has images that the kustomization names or that are pinned', () => {
    const known = kustomization().images.map((image) => image.name);
    const images = podTemplates().flatMap(([, pod]) =>
      pod.spec.containers.map((container) => container.image),
    );
    expect(images.filter((image) => !known.includes(image) && !/:\d/.test(image))).toEqual([]);
  });

  it('holds a valid config in the Secret that the pods mount', () => {
    const secret = objects.find((object) => object.kind === 'Secret');
    const mounted = podTemplates().flatMap(
      ([, pod]) => pod.spec.volumes?.flatMap((volume) => volume.secret ?? []) ?? [],
    );
    expect(new Set(mounted.map((volume) => volume.secretName))).toEqual(new Set([secret?.metadata.name]));
    const text = secret?.stringData?.['config.yaml'] ?? '';
    expect(parseConfig(text, { file: 'config.yaml', env: {} }).issues).toEqual([]);
  });

  describe.each(podTemplates().filter(([name]) => name !== 'regfleet-redis'))('%s', (name, pod) => {
    const [container] = pod.spec.containers;
    const words = container?.args ?? [];

    it('is started as the role that its name says', () => {
      expect(`regfleet-${words[0]}`).toBe(name);
    });

    it('is probed and scraped where the process serves', () => {
      const port = flagValue(words, '--port');
      expect(container?.ports).toEqual([{ name: 'http', containerPort: Number(port) }]);
      expect(container?.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'http' });
      expect(container?.livenessProbe?.httpGet).toEqual({ path: '/healthz', port: 'http' });
      expect(pod.metadata.annotations).toEqual({
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': port,
        'prometheus.io/path': '/metrics',
      });
    });

    it('is given time to hand its work back', () => {
      const grace = Number(flagValue(words, '--grace'));
      expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(grace + CLOSING_SECONDS);
    });
  });

  it('keeps the data of Redis and never evicts', () => {
    const redis = (readYaml('kubernetes/redis.yaml') as KubernetesObject[]).find(
      ({ kind }) => kind === 'StatefulSet',
    );
    const words = redis?.spec?.template?.spec.containers[0]?.args ?? [];
    expect(flagValue(words, '--appendonly')).toBe('yes');
    expect(flagValue(words, '--maxmemory-policy')).toBe('noeviction');
    expect(flagValue(words, '--dir')).toBe('/data');
    expect(redis?.spec?.volumeClaimTemplates).toHaveLength(1);
  });

  it('lets nothing but scheduler and worker reach Redis', () => {
    const policy = objects.find(
      ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'regfleet-redis',
    );
    const redis = podTemplates().find(([name]) => name === 'regfleet-redis')?.[1];
    expect(redis?.metadata.labels).toMatchObject(policy?.spec?.podSelector?.matchLabels ?? { none: true });
    const peers = ['scheduler', 'worker'].map((component) => ({
      podSelector: {
        matchLabels: {
          'app.kubernetes.io/name': 'regfleet',
          'app.kubernetes.io/instance': 'regfleet',
          'app.kubernetes.io/component': component,
        },
      },
    }));
    expect(policy?.spec?.ingress).toEqual([{ from: peers, ports: [{ port: 6379 }] }]);
    expect(policy?.spec?.policyTypes).toContain('Egress');
    expect(policy?.spec?.egress).toEqual([]);
  });

  it('gives every pod the password of Redis from the one Secret that the operator makes', () => {
    const [generated] = kustomization().secretGenerator;
    expect(generated).toMatchObject({ name: 'regfleet-redis', files: ['password=redis-password'] });
    for (const [, pod] of podTemplates()) {
      const secrets = pod.spec.containers.flatMap(({ env = [] }) =>
        env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []),
      );
      expect(secrets).toEqual([{ name: 'regfleet-redis', key: 'password' }]);
    }
  });

  it('lets a node drain take one worker at a time', () => {
    const budget = objects.find(
      ({ kind, metadata }) => kind === 'PodDisruptionBudget' && metadata.name === 'regfleet-worker',
    );
    const worker = podTemplates().find(([name]) => name === 'regfleet-worker')?.[1];
    expect(worker?.metadata.labels).toMatchObject(budget?.spec?.selector?.matchLabels ?? { none: true });
    expect(budget?.spec).toMatchObject({ maxUnavailable: 1 });
  });
});

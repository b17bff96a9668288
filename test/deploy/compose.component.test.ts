import { existsSync } from 'node:fs';
import { loadConfig } from '@regfleet/config';
import { describe, expect, it } from 'vitest';
import { deployFile, flagValue, readYaml } from './read.ts';

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command: readonly string[];
  readonly stop_grace_period?: string;
  readonly deploy?: { readonly replicas: number };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
}

const compose = readYaml('compose/compose.yaml')[0] as {
  services: Record<'redis' | 'scheduler' | 'worker', Service>;
};
const { redis, scheduler, worker } = compose.services;
const roles: [string, Service][] = [
  ['scheduler', scheduler],
  ['worker', worker],
];

describe('deploy/compose', () => {
  it('runs a scheduler and two workers on one Redis', () => {
    expect(Object.keys(compose.services).sort()).toEqual(['redis', 'scheduler', 'worker']);
    expect(worker.deploy?.replicas).toBe(2);
  });

  it('keeps the data of Redis and never evicts', () => {
    expect(flagValue(redis.command, '--appendonly')).toBe('yes');
    expect(flagValue(redis.command, '--maxmemory-policy')).toBe('noeviction');
    expect(redis.volumes).toEqual(['redis:/data']);
    expect(redis.healthcheck).toBeDefined();
  });

  it('comes with a valid config', async () => {
    expect((await loadConfig(deployFile('compose/config/config.yaml'), { env: {} })).issues).toEqual([]);
  });

  describe.each(roles)('%s', (role, service) => {
    it('is built from the Dockerfile that is there', () => {
      expect(service.build?.context).toBe('../..');
      expect(existsSync(deployFile(`../${service.build?.dockerfile}`))).toBe(true);
    });

    it('is started as its name says, with the mounted config, once Redis answers', () => {
      expect(service.command[0]).toBe(role);
      expect(flagValue(service.command, '-c')).toBe('/etc/regfleet/config.yaml');
      expect(service.volumes).toEqual(['./config:/etc/regfleet:ro']);
      expect(service.environment?.REGFLEET_REDIS_URL).toMatch(
        /^redis:\/\/:\$\{REDIS_PASSWORD:\?.+\}@redis:6379$/,
      );
      expect(service.depends_on).toEqual({ redis: { condition: 'service_healthy' } });
    });

    it('is given 30 s beyond its grace period', () => {
      const seconds = Number(/^(\d+)s$/.exec(service.stop_grace_period ?? '')?.[1]);
      expect(seconds).toBeGreaterThanOrEqual(Number(flagValue(service.command, '--grace')) + 30);
    });
  });
});

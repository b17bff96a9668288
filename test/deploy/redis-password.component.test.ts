import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort, runCommand, startProcess, temporaryFolder } from '@regfleet/harness';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { deployFile, podTemplates, readYaml } from './read.ts';

const PASSWORD = '0123456789abcdef';
const COMMAND = join(import.meta.dirname, '../../apps/cli/bin/regfleet.mjs');

interface Compose {
  readonly services: {
    readonly redis: { readonly entrypoint: readonly string[]; readonly command: readonly string[] };
    readonly scheduler: { readonly environment: Readonly<Record<string, string>> };
  };
}

interface Deployment {
  /** What starts its Redis, before the arguments. */
  readonly words: readonly string[];
  readonly args: readonly string[];
  /** Where its scheduler looks for it, with a variable for the password. */
  readonly url: string;
}

const DEPLOYMENTS: readonly (readonly [string, Deployment])[] = [
  ['compose', ofCompose()],
  ['kubernetes', ofKubernetes()],
];

function ofCompose(): Deployment {
  const { redis, scheduler } = (readYaml('compose/compose.yaml')[0] as Compose).services;
  // Compose makes one dollar sign of two.
  const words = redis.entrypoint.map((word) => word.replaceAll('$$', '$'));
  return { words, args: redis.command, url: scheduler.environment.REGFLEET_REDIS_URL ?? '' };
}

function ofKubernetes(): Deployment {
  const containerOf = (pod: string) => podTemplates().find(([name]) => name === pod)?.[1].spec.containers[0];
  const { command: words = [], args = [] } = containerOf('regfleet-redis') ?? {};
  const variables = containerOf('regfleet-scheduler')?.env ?? [];
  const url = variables.find(({ name }) => name === 'REGFLEET_REDIS_URL')?.value ?? '';
  return { words, args, url };
}

describe('deploy: the password of Redis', () => {
  it.each(DEPLOYMENTS)(
    '%s starts a Redis that wants it, and shows it on no command line',
    async (_name, { words, args, url }) => {
      await using folder = await temporaryFolder();
      const run = join(folder.path, 'run');
      await mkdir(run);
      const port = await freePort();
      const here = (word: string): string =>
        word.replaceAll('/run/redis', run).replace(/^\/data$/, folder.path);
      const argv = [...[...words, ...args].map(here), '--dir', folder.path];
      const server = await startProcess([...argv, '--port', String(port), '--bind', '127.0.0.1'], {
        env: { REDISCLI_AUTH: PASSWORD, PATH: process.env.PATH ?? '' },
      });
      const options = {
        port,
        host: '127.0.0.1',
        lazyConnect: true,
        enableReadyCheck: false,
        retryStrategy: () => null,
      };
      const ping = async (more: object): Promise<string> => {
        const client = new Redis({ ...options, ...more });
        client.on('error', () => undefined);
        try {
          await client.connect();
          return await client.ping();
        } catch (error) {
          return String(error);
        } finally {
          client.disconnect();
        }
      };
      try {
        await eventually(async () => (await ping({ password: PASSWORD })) === 'PONG', {
          what: 'redis to answer',
        });
        expect(await ping({})).toContain('NOAUTH');
        expect(await ping({ password: 'wrong' })).not.toBe('PONG');
        expect(argv.join(' ')).not.toContain(PASSWORD);
        const own = url.replace(/\$[({][^)}]+[)}]/, PASSWORD).replace(/@[\w-]+:6379$/, `@127.0.0.1:${port}`);
        const status = [
          process.execPath,
          COMMAND,
          '-c',
          deployFile('compose/config/config.yaml'),
          'status',
          '--json',
        ];
        const { code, stdout, stderr } = await runCommand(status, { env: { REGFLEET_REDIS_URL: own } });
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        expect(JSON.parse(stdout)).toMatchObject({ memory: { policy: 'noeviction' } });
      } finally {
        await server.stop();
      }
    },
  );
});

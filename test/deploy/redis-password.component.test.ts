import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort, startProcess, temporaryFolder } from '@regfleet/harness';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { podTemplates, readYaml } from './read.ts';

const PASSWORD = '0123456789abcdef';

interface Compose {
  readonly services: {
    readonly redis: { readonly entrypoint: readonly string[]; readonly command: readonly string[] };
  };
}

/** How each deployment starts its Redis: the words before its own arguments, and those. */
const STARTS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['compose', ...composeStart()],
  ['kubernetes', ...kubernetesStart()],
];

function composeStart(): [string[], readonly string[]] {
  const { redis } = (readYaml('compose/compose.yaml')[0] as Compose).services;
  // Compose makes one dollar sign of two.
  return [redis.entrypoint.map((word) => word.replaceAll('$$', '$')), redis.command];
}

function kubernetesStart(): [readonly string[], readonly string[]] {
  const container = podTemplates().find(([name]) => name === 'regfleet-redis')?.[1].spec.containers[0];
  return [container?.command ?? [], container?.args ?? []];
}

describe('deploy: the password of Redis', () => {
  it.each(STARTS)(
    '%s starts a Redis that wants it, and shows it on no command line',
    async (_name, words, args) => {
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
      } finally {
        await server.stop();
      }
    },
  );
});

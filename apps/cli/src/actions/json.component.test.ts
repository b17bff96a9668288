import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fillRegistry, startRedis, startRegistry, temporaryFolder } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { called } from '../terminal.fixture.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../../../docs/json.md'), 'utf8');

interface Shape {
  readonly isList: boolean;
  readonly keys: readonly string[];
}

/** Rows of the table `command | shape | always | sometimes`. */
const SHAPES = new Map(
  [...PAGE.matchAll(/^\| `([^`]+)` \| (list of objects|object) \| ([^|]*)\|/gm)].map(
    ([, command = '', shape, keys = '']): [string, Shape] => [
      command,
      { isList: shape !== 'object', keys: [...keys.matchAll(/`([^`]+)`/g)].map(([, key = '']) => key) },
    ],
  ),
);

async function openDesk() {
  await using stack = new AsyncDisposableStack();
  const [source, target] = [stack.use(await startRegistry()), stack.use(await startRegistry())];
  const redis = stack.use(await startRedis());
  const folder = stack.use(await temporaryFolder());
  const file = join(folder.path, 'config.yaml');
  const location = (registry: string): object => ({ registry, 'skip-tls-verify': true });
  const task = {
    name: 'app',
    source: location(source.host),
    target: location(target.host),
    mappings: [{ from: 'app' }],
  };
  await writeFile(file, JSON.stringify({ relay: 'direct', redis: { url: redis.url }, tasks: [task] }));
  await fillRegistry(source, [{ repository: 'app', tags: ['1'] }]);
  const held = stack.move();
  return {
    image: `${source.host}/app:1`,
    copied: `${target.host}/app:1`,
    file,
    async json(argv: readonly string[]): Promise<unknown> {
      return JSON.parse((await called([...argv, '--json', '-c', file])).out);
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

describe('docs/json.md', () => {
  it('names what each document holds in any case', async () => {
    await using desk = await openDesk();
    const { image, copied, file } = desk;
    const calls: Readonly<Record<string, readonly string[]>> = {
      version: ['version'],
      validate: ['validate'],
      config: ['config'],
      convert: ['convert', 'regsync', file],
      plan: ['plan'],
      why: ['why', image],
      sync: ['sync', '--once'],
      check: ['check'],
      'login-check': ['login-check'],
      enqueue: ['enqueue', 'app'],
      copy: ['copy', image, copied, '--task', 'app'],
      runs: ['runs'],
      jobs: ['jobs'],
      status: ['status'],
      pause: ['pause', '--task', 'app', '--reason', 'they upgrade'],
      resume: ['resume', '--task', 'app'],
      cancel: ['cancel', 'nobody'],
      'an error': ['copy'],
    };
    for (const [command, argv] of Object.entries(calls)) {
      const shape = SHAPES.get(command);
      const found = await desk.json(argv);
      expect({ command, isList: Array.isArray(found) }).toEqual({ command, isList: shape?.isList });
      const [document] = [found].flat() as [object];
      expect({ command, keys: Object.keys(document) }).toEqual({
        command,
        keys: expect.arrayContaining([...(shape?.keys ?? ['documented'])]),
      });
      const told = PAGE.split('\n').find((line) => line.startsWith(`| \`${command}\` |`)) ?? '';
      for (const key of Object.keys(document))
        expect({ command, told }).toEqual({ command, told: expect.stringContaining(`\`${key}\``) });
    }
  });
});

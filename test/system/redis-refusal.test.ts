import { startRedis } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { plain, Site } from './site.ts';

const COMMANDS = [
  ['status'],
  ['enqueue', 'app'],
  ['enqueue', 'app', '--wait'],
  ['copy', 'SOURCE/app:v1', 'TARGET/app:v1', '--wait'],
  ['scheduler', '--host', '127.0.0.1', '--port', '0'],
  ['worker', '--host', '127.0.0.1', '--port', '0'],
  ['up', '--host', '127.0.0.1', '--port', '0'],
];

describe('system/redis-refusal', () => {
  it('has every command end with one line on a Redis that does not suit, and with what to do', async () => {
    await using site = await Site.start();
    const regfleet = await site.command({
      relay: 'direct',
      tasks: [
        { name: 'app', source: plain(site.source), target: plain(site.target), mappings: [{ from: 'app' }] },
      ],
    });
    const refuse = async (url: string, code: string): Promise<void> => {
      const ends = COMMANDS.map(async (command) => {
        const words = command.map((word) =>
          word.replace('SOURCE', site.source.host).replace('TARGET', site.target.host),
        );
        const { code: exitCode, stderr } = await regfleet.run([...words, '--redis', url]);
        return { command: words[0], exitCode, told: stderr.trim().split('\n') };
      });
      for (const { command, exitCode, told } of await Promise.all(ends)) {
        const all = `${command}: ${told.join('\n')}`;
        expect(exitCode, all).toBe(2);
        const [line, hint] = told.slice(-2);
        expect(`${line} ${hint}`, all).toMatch(new RegExp(`regfleet: REDIS_UNSUITABLE: .*${code}.*`));
        expect(all).not.toMatch(/a bug in|ReplyError|\n {4}at |ioredis/);
      }
    };
    await refuse(`${site.redis.url}/99`, 'DB index is out of range');
    await refuse(`${site.redis.url}/first`, 'a database that is no number');
    await using strict = await startRedis({ settings: { requirepass: 'hunter2-hunter2' } });
    await refuse(strict.url, 'NOAUTH');
  });
});

import { type Logger, silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { INTERNALS } from '../internals.ts';
import { useFleets } from '../queue.fixture.ts';
import { Answers } from './answers.ts';

describe('queue/redis/answers', () => {
  const fleets = useFleets();

  it('names the address in the log as everybody does, and what is there in messages', async () => {
    const { client, keys } = (await fleets.connect())[INTERNALS];
    const told: object[] = [];
    const keep = (fields: object): void => void told.push(fields);
    const logger: Logger = { ...silentLogger, warn: keep, info: keep };
    const answers = new Answers({ address: 'redis://host:1', name: 'Redis at redis://host:1' }, logger);
    answers.heardTrouble(new Error('broken'));
    await answers.ask(client, keys.probe);
    expect(told).toMatchObject([
      { error: { message: 'Redis at redis://host:1 cannot be reached: broken' } },
      { address: 'redis://host:1' },
    ]);
  });
});

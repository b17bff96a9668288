import { type Logger, silentLogger } from '@regfleet/model';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { useFleets } from '../queue.fixture.ts';
import { Answers } from './answers.ts';

describe('queue/redis/answers', () => {
  const fleets = useFleets();

  afterEach(() => void vi.useRealTimers());

  it('names the address in the log as everybody does, and what is there in messages', async () => {
    const { client, keys } = (await fleets.connect()).internals;
    const told: object[] = [];
    const keep = (fields: object): void => void told.push(fields);
    const logger: Logger = { ...silentLogger, warn: keep, info: keep };
    const answers = new Answers({ address: 'redis://host:1', name: 'Redis at redis://host:1' }, logger);
    vi.useFakeTimers({ toFake: ['performance'] });
    answers.heardTrouble(new Error('broken'));
    // It counts as one outage until Redis has answered for a while.
    vi.advanceTimersByTime(10_000);
    await answers.ask(client, keys.probe);
    expect(told).toMatchObject([
      { error: { message: 'Redis at redis://host:1 cannot be reached: broken' } },
      { address: 'redis://host:1' },
    ]);
  });

  it('tells of what is refused once commands go on, not beside the cause for which they wait', async () => {
    const { client, keys } = (await fleets.connect()).internals;
    const told: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (_, message) => told.push(message) };
    const answers = new Answers({ address: 'redis://host:1', name: 'Redis' }, logger);
    answers.begin(client, keys.probe);
    const full = new Error('ERR max number of clients reached');
    answers.heardTrouble(full);
    answers.heardRefusal(full, 'further');
    expect(told).toEqual(['commands wait for redis']);
    await answers.ask(client, keys.probe);
    answers.heardRefusal(full, 'further');
    expect(answers.trouble).toBeDefined();
    answers.carriedOut('something else');
    expect(answers.trouble).toBeDefined();
    answers.carriedOut('further');
    expect(answers.trouble).toBeUndefined();
    answers.end();
    expect(told.slice(1)).toEqual([expect.stringMatching(/^redis refuses what is asked of it/)]);
  });
});

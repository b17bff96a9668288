import { type Logger, silentLogger } from '@regfleet/model';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startHeartbeat } from './heartbeat.ts';

const REPORT = { id: 'a', role: 'worker', relays: [], concurrency: 1, active: 0 } as const;

describe('queue/state/heartbeat', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
  afterEach(() => void vi.useRealTimers());

  it('sends no further beat while Redis owes an answer to one, and goes on afterwards', async () => {
    const beats: PromiseWithResolvers<void>[] = [];
    const processes = {
      beat: () => {
        const beat = Promise.withResolvers<void>();
        beats.push(beat);
        return beat.promise;
      },
      leave: () => Promise.resolve(),
      list: () => Promise.resolve([]),
    };
    const starting = startHeartbeat(processes, () => REPORT, silentLogger);
    beats[0]?.resolve();
    const heartbeat = await starting;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(beats).toHaveLength(2);
    beats[1]?.resolve();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(beats).toHaveLength(3);
    beats[2]?.resolve();
    await heartbeat.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(beats.length).toBeLessThanOrEqual(4);
  });

  it('tells of failures alike in a row once', async () => {
    const told: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (fields) => told.push(JSON.stringify(fields)) };
    const answers = ['refused', 'refused', 'gone', undefined, 'gone'];
    const processes = {
      beat: () => {
        const failure = answers.shift();
        return failure === undefined ? Promise.resolve() : Promise.reject(new Error(failure));
      },
      leave: () => Promise.resolve(),
      list: () => Promise.resolve([]),
    };
    const heartbeat = await startHeartbeat(processes, () => REPORT, logger);
    while (answers.length > 0) await vi.advanceTimersByTimeAsync(10_000);
    await heartbeat.stop();
    expect(told.map((line) => /refused|gone/.exec(line)?.[0])).toEqual(['refused', 'gone', 'gone']);
  });
});

import { silentLogger } from '@regfleet/model';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startHeartbeat } from './heartbeat.ts';

describe('queue/heartbeat', () => {
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
    const report = { id: 'a', role: 'worker', relays: [], concurrency: 1, active: 0 } as const;
    const starting = startHeartbeat(processes, () => report, silentLogger);
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
});

import { Solitude } from '@regfleet/fleet';
import { describe, expect, it } from 'vitest';
import { Place } from './place.ts';

describe('queue/runs/place', () => {
  it('keeps nobody from being alone while it waits, and is taken again after the last wait', async () => {
    const solitude = new Solitude();
    const { signal } = new AbortController();
    const place = new Place();
    await place.take(async () => {
      await solitude.over(signal);
      return solitude.join('plan') ?? (() => undefined);
    });
    const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const waits = [place.without(() => one.promise), place.without(() => two.promise)];
    const leave = await solitude.alone('plan', signal);
    one.resolve();
    await waits[0];
    two.resolve();
    leave();
    await Promise.all(waits);
    const alone = solitude.alone('plan', signal);
    expect(await Promise.race([alone, Promise.resolve('not alone')])).toBe('not alone');
    place.leave();
    await alone;
  });
});

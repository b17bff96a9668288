import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Release } from '../slots.ts';
import { Solitude } from './solitude.ts';

const { signal } = new AbortController();

function joined(solitude: Solitude, kind: 'plan' | 'copy' = 'copy'): Release {
  const leave = solitude.join(kind);
  if (leave === undefined) throw new Error('solitude is sought');
  return leave;
}

describe('fleet/crashes/solitude', () => {
  it('lets one in when all others have left, and nobody else from when it asks', async () => {
    const solitude = new Solitude();
    const [first, second] = [joined(solitude), joined(solitude)];
    const events: string[] = [];
    const waiting = solitude.alone('copy', signal).then((leave) => {
      events.push('alone');
      return leave;
    });
    expect(solitude.join('copy')).toBeUndefined();
    expect(solitude.join('plan')).toBeUndefined();
    first();
    first();
    await turn();
    expect(events).toEqual([]);
    second();
    const leave = await waiting;
    expect(solitude.join('copy')).toBeUndefined();
    const over = solitude.over(signal);
    leave();
    await over;
    joined(solitude)();
  });

  it('lets in whom an operator waits for while somebody waits to be alone, and not once he is', async () => {
    const solitude = new Solitude();
    const leave = joined(solitude);
    const waiting = solitude.alone('copy', signal);
    expect([solitude.isClosedTo('usual'), solitude.isClosedTo('urgent')]).toEqual([true, false]);
    const urgent = solitude.join('copy', 'urgent');
    leave();
    await turn();
    expect(solitude.isClosedTo('urgent')).toBe(false);
    urgent?.();
    const leaveAlone = await waiting;
    expect(solitude.join('copy', 'urgent')).toBeUndefined();
    const over = solitude.over(signal, 'urgent');
    leaveAlone();
    await over;
  });

  it('lets several in one after the other, in their order', async () => {
    const solitude = new Solitude();
    const events: number[] = [];
    const leave = joined(solitude);
    const all = [1, 2, 3].map(async (number) => {
      const end = await solitude.alone('copy', signal);
      events.push(number);
      await turn();
      events.push(number);
      end();
    });
    leave();
    await Promise.all(all);
    expect(events).toEqual([1, 1, 2, 2, 3, 3]);
  });

  it('lets others in again where whoever waited gives up', async () => {
    const solitude = new Solitude();
    const leave = joined(solitude);
    const stop = new AbortController();
    const waiting = solitude.alone('copy', stop.signal);
    const over = solitude.over(signal);
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await over;
    joined(solitude)();
    leave();
  });

  it('waits for jobs of the other kind for a while only', async () => {
    const solitude = new Solitude(20);
    joined(solitude, 'plan');
    (await solitude.alone('copy', signal))();
    joined(solitude, 'copy');
    const waiting = solitude.alone('copy', AbortSignal.timeout(60));
    await expect(waiting).rejects.toThrow();
  });
});

import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { endBy, noLongerEndBy } from './shared-abort.ts';

const endable = () => {
  const reasons: unknown[] = [];
  return { reasons, abort: (reason: unknown) => reasons.push(reason) };
};

describe('registry/http/shared-abort', () => {
  it('ends all of a signal by one listener, and none that ended before', () => {
    const { signal, ...controller } = withController();
    const [one, other, early] = [endable(), endable(), endable()];
    for (const each of [one, other, early]) endBy(signal, each);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    noLongerEndBy(signal, early);
    controller.abort('enough');
    expect([one.reasons, other.reasons, early.reasons]).toEqual([['enough'], ['enough'], []]);
  });

  it('listens no longer than there is something to end', () => {
    const { signal } = withController();
    const one = endable();
    endBy(signal, one);
    noLongerEndBy(signal, one);
    noLongerEndBy(signal, one);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    endBy(signal, one);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  });
});

function withController() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason: unknown) => controller.abort(reason) };
}

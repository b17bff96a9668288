import { describe, expect, it } from 'vitest';
import { Flights } from './flights.ts';

const never = new AbortController().signal;

describe('relay/direct/flights', () => {
  it('has one do the work while others wait for it', async () => {
    const flights = new Flights();
    const gate = Promise.withResolvers<string>();
    const leader = flights.lead('key', never, () => gate.promise);
    const follower = flights.lead('key', never, () => Promise.reject(new Error('must not run')));
    gate.resolve('done');
    expect(await Promise.all([leader, follower])).toEqual([{ result: 'done' }, undefined]);
  });

  it('keeps the failure of a leader from those who wait', async () => {
    const flights = new Flights();
    const gate = Promise.withResolvers<never>();
    const leader = flights.lead('key', never, () => gate.promise);
    const follower = flights.lead('key', never, () => Promise.reject(new Error('must not run')));
    gate.reject(new Error('broken'));
    await expect(leader).rejects.toThrow('broken');
    expect(await follower).toBeUndefined();
  });

  it('lets the next one lead once the work is over', async () => {
    const flights = new Flights();
    await flights.lead('key', never, () => Promise.resolve(1));
    expect(await flights.lead('key', never, () => Promise.resolve(2))).toEqual({ result: 2 });
  });

  it('stops waiting when the one who waits is aborted', async () => {
    const flights = new Flights();
    const gate = Promise.withResolvers<void>();
    const leader = flights.lead('key', never, () => gate.promise);
    const abort = new AbortController();
    const follower = flights.lead('key', abort.signal, () => Promise.resolve());
    abort.abort(new Error('enough'));
    await expect(follower).rejects.toThrow('enough');
    gate.resolve();
    await leader;
  });
});

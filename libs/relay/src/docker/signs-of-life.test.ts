import { describe, expect, it } from 'vitest';
import { MAX_LAYERS } from './progress.ts';
import { SignsOfLife } from './signs-of-life.ts';

describe('relay/docker/signs-of-life', () => {
  it.each([
    [
      'more bytes',
      [
        { id: 'a', status: 'Downloading', current: 1 },
        { id: 'a', status: 'Downloading', current: 2 },
      ],
    ],
    [
      'another state of the layer',
      [
        { id: 'a', status: 'Retrying in 2 seconds' },
        { id: 'a', status: 'Retrying in 1 second' },
        { id: 'a', status: 'Downloading', current: 1 },
      ],
    ],
    [
      'another layer',
      [
        { id: 'a', status: 'Waiting' },
        { id: 'b', status: 'Waiting' },
      ],
    ],
    ['something of the whole image', [{ status: 'Pulling from app' }, { status: 'Status: done' }]],
  ])('takes %s for one', (_title, events) => {
    const signs = new SignsOfLife();
    expect(events.map((event) => signs.isOne(event))).toEqual(events.map(() => true));
  });

  it('takes a repetition for none', () => {
    const signs = new SignsOfLife();
    for (const event of [{ id: 'a', status: 'Downloading', current: 1 }, { status: 'x' }, {}]) {
      signs.isOne(event);
      expect(signs.isOne(event)).toBe(false);
    }
  });

  it('takes layers for none that no image has', () => {
    const signs = new SignsOfLife();
    const events = Array.from({ length: 2 * MAX_LAYERS }, (_, id) => ({ id: `${id}`, status: 'Waiting' }));
    expect(events.filter((event) => signs.isOne(event)).length).toBeLessThanOrEqual(MAX_LAYERS + 1);
    expect(signs.isOne({ id: '0', status: 'Downloading', current: 1 })).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { commandFor, partsOf } from './options.ts';

describe('faults/options', () => {
  it('plays all parts with one seed of chance unless told otherwise', () => {
    const [exact, failOver, kills, ...others] = partsOf([]);
    expect(exact).toMatchObject({ variant: 'exact', images: 2_000, seed: expect.any(Number) });
    expect(failOver).toMatchObject({ ...exact, variant: 'fail-over', images: 500, durationMs: 45_000 });
    expect(kills).toMatchObject({ ...exact, variant: 'kills', images: 1_500, durationMs: 150_000 });
    expect(others).toEqual([
      { variant: 'limits', seconds: 60 },
      { variant: 'fairness', images: 10_000 },
    ]);
  });

  it.each(['exact', 'fail-over', 'kills', 'limits', 'fairness'])('says how %s is repeated', (variant) => {
    const parts = partsOf(['--seed', '7', '--variant', variant, '--images', '20', '--seconds', '5']);
    const [args = ''] = parts.map((part) => commandFor(part).split(' -- ')[1] ?? '');
    expect(parts).toHaveLength(1);
    expect(partsOf(args.split(' '))).toEqual(parts);
  });

  it.each([
    [['--seed', 'x'], '--seed wants a whole number'],
    [['--seconds', '0'], '--seconds wants a whole number'],
    [['--variant', 'both'], '--variant wants one of exact, fail-over, kills, limits, fairness'],
    [['--sead', '1'], "Unknown option '--sead'"],
  ])('refuses %j', (args, message) => {
    expect(() => partsOf(args)).toThrow(message);
  });
});

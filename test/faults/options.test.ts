import { describe, expect, it } from 'vitest';
import { commandFor, trialsOf } from './options.ts';

describe('faults/options', () => {
  it('tries both variants with one seed of chance unless told otherwise', () => {
    const [exact, failOver] = trialsOf([]);
    expect(exact).toMatchObject({ variant: 'exact', images: 2_000 });
    expect(failOver).toMatchObject({ variant: 'fail-over', seed: exact?.seed });
  });

  it('says how a trial is repeated', () => {
    const trials = trialsOf(['--seed', '7', '--variant', 'exact', '--images', '20', '--seconds', '5']);
    const [one = trials[0]] = trials;
    const [, args = ''] = (one === undefined ? '' : commandFor(one)).split(' -- ');
    expect(trialsOf(args.split(' '))).toEqual(trials);
  });

  it.each([
    [['--seed', 'x'], '--seed wants a whole number'],
    [['--seconds', '0'], '--seconds wants a whole number'],
    [['--variant', 'both'], '--variant wants one of exact, fail-over'],
    [['--sead', '1'], "Unknown option '--sead'"],
  ])('refuses %j', (args, message) => {
    expect(() => trialsOf(args)).toThrow(message);
  });
});

import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';
import { PEERS_FOLDER } from './peers/programs.ts';
import { RESULTS_FOLDER, WORKLOAD_NAMES } from './result.ts';

describe('bench/options', () => {
  it('runs everything three times and checks the targets when nothing is said', () => {
    expect(parseOptions([])).toEqual({
      workloads: WORKLOAD_NAMES,
      passes: 3,
      checksTargets: true,
      resultsFolder: RESULTS_FOLDER,
      peersFolder: process.env.BENCH_PEERS ?? PEERS_FOLDER,
    });
  });

  it('takes workloads in their own order', () => {
    expect(parseOptions(['--only', 'd,a', '--no-targets'])).toMatchObject({
      workloads: ['a', 'd'],
      checksTargets: false,
    });
  });

  it.each([
    ['--only', 'a,x'],
    ['--passes', '0'],
    ['--passes', 'many'],
    ['--fast', 'yes'],
  ])('refuses %s %s', (...argv) => {
    expect(() => parseOptions(argv)).toThrow();
  });
});

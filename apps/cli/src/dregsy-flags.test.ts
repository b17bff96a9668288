import { describe, expect, it } from 'vitest';
import { withoutDregsyFlags } from './dregsy-flags.ts';

describe('cli/dregsy-flags', () => {
  it.each([
    [
      ['sync', '-config=a.yaml', '-run=x|y'],
      ['sync', '--config=a.yaml', '--run=x|y'],
    ],
    [
      ['sync', '-config', 'a.yaml'],
      ['sync', '--config', 'a.yaml'],
    ],
    [
      ['sync', '--config=a.yaml'],
      ['sync', '--config=a.yaml'],
    ],
    [
      ['sync', '-c', 'a.yaml', '--once'],
      ['sync', '-c', 'a.yaml', '--once'],
    ],
    [
      ['plan', '-config=a.yaml'],
      ['plan', '-config=a.yaml'],
    ],
  ])('reads %j as %j', (argv, expected) => {
    expect(withoutDregsyFlags(argv)).toEqual(expected);
  });
});

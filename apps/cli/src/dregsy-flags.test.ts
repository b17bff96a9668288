import { describe, expect, it } from 'vitest';
import { dregsyCall, withoutDregsyFlags } from './dregsy-flags.ts';

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

  it.each([
    [['-config=a.yaml'], { config: 'a.yaml' }],
    [['-config', 'a.yaml', '-run', '-x'], { config: 'a.yaml', run: '-x' }],
    [['-config=a.yaml', '-config=b=c.yaml', '-run='], { config: 'b=c.yaml', run: '' }],
    [['-run=x', 'rest', '--json'], { run: 'x' }],
  ])('takes %j for a call of dregsy', (words, call) => {
    expect(dregsyCall(['sync', ...words])).toEqual({ kind: 'run', ...call });
  });

  it.each([
    [['-help'], undefined],
    [['-config=a.yaml', '-h'], undefined],
    [['-config=a.yaml', '-confg=b.yaml'], 'flag provided but not defined: -confg'],
    [['-run=x', '-config'], 'flag needs an argument: -config'],
  ])('answers %j with the usage', (words, problem) => {
    expect(dregsyCall(['sync', ...words])).toEqual({ kind: 'usage', ...(problem && { problem }) });
  });

  it.each([
    [['sync']],
    [['sync', '-h']],
    [['sync', '--help']],
    [['sync', '-c', 'a.yaml']],
    [['sync', '-ca.yaml']],
    [['sync', '-config=a.yaml', '--json']],
    [['sync', '--config=a.yaml', '-run=x']],
    [['plan', '-config=a.yaml']],
  ])('leaves %j to the flags of ours', (argv) => {
    expect(dregsyCall(argv)).toBeUndefined();
  });
});

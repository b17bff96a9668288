import { parseReference } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { Writers } from './writers.ts';

const APP = { registry: 'mirror.test', repository: 'app' };
const LIB = { registry: 'mirror.test', repository: 'lib' };
const image = (name: string) => parseReference(`mirror.test/${name}`);

describe('planner/writers', () => {
  it('gives an image to the first that claims it, and names it to others', () => {
    const writers = new Writers();
    for (const repository of [APP, APP]) writers.expect(repository);
    expect(writers.claim(image('app:1'), 'second')).toBeUndefined();
    writers.finish(APP);
    expect(writers.claim(image('app:1'), 'first')).toBe('second');
    expect(writers.claim(image('app:2'), 'first')).toBeUndefined();
  });

  it('tells tags and digests of one writer apart, and finds the name that it would write twice', () => {
    const writers = new Writers();
    writers.expect(APP);
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(writers.claim(image('app:1'), 'only')).toBeUndefined();
    expect(writers.claim(image(`app@${digest}`), 'only')).toBeUndefined();
    expect(writers.claim(image('app:1'), 'only')).toBe('only');
  });

  it('forgets the names of a repository with its last writer', () => {
    const writers = new Writers();
    for (const repository of [APP, LIB, APP]) writers.expect(repository);
    writers.claim(image('app:1'), 'third');
    writers.finish(APP);
    writers.claim(image('lib:1'), 'second');
    writers.finish(LIB);
    expect(writers.size).toBe(1);
    writers.finish(APP);
    expect(writers.size).toBe(0);
  });
});

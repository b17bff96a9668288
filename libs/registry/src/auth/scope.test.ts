import { describe, expect, it } from 'vitest';
import { covers, pullScope, pushScope } from './scope.ts';

describe('registry/auth/scope', () => {
  it.each([
    [pushScope('a/b'), pullScope('a/b'), true],
    [pullScope('a/b'), pushScope('a/b'), false],
    [pushScope('a/b'), pullScope('a/c'), false],
    ['repository:a/b:*', pushScope('a/b'), true],
    ['repository:host:5000/a:pull,push', 'repository:host:5000/a:push,pull', true],
  ])('a token for %s serves %s: %s', (held, wanted, expected) => {
    expect(covers(held, wanted)).toBe(expected);
  });
});

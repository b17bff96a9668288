import { describe, expect, it } from 'vitest';
import { CATALOG_SCOPE, covers, pullScope, pushScope, repositoryOf } from './scope.ts';

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

  it.each([
    ['a pull', [pullScope('team/app')], 'team/app'],
    ['a mount, by where it mounts to', [pushScope('team/copy'), pullScope('team/app')], 'team/copy'],
    ['a name with a host', ['repository:host:5000/a:pull,push'], 'host:5000/a'],
    ['the catalog', [CATALOG_SCOPE], undefined],
    ['nothing', [], undefined],
  ])('knows the repository of %s', (_title, scopes, repository) => {
    expect(repositoryOf(scopes)).toBe(repository);
  });
});

import { describe, expect, it } from 'vitest';
import { lintMappingRule } from './lint.ts';

describe('config/mapping/lint', () => {
  it.each([
    [{ from: 'regex:*' }, 'from', 'regex-is-glob'],
    [{ from: 'regex:a/.*|b/.*' }, 'from', 'regex-alternation-ungrouped'],
    [{ from: '*' }, 'from', 'repository-name-invalid'],
    [{ from: 'library/*' }, 'from', 'repository-name-invalid'],
    [{ from: 'busybox:1.36' }, 'from', 'repository-name-invalid'],
    [{ from: 'Library/busybox' }, 'from', 'repository-name-invalid'],
    [{ from: 'a', to: 'mirror/' }, 'to', 'repository-name-invalid'],
    [{ from: 'a', to: 'regex:a,A' }, 'to', 'repository-name-invalid'],
    [{ from: 'regex:.*', to: 'Mirror' }, 'to', 'repository-name-invalid'],
    [{ from: 'regex:.*', to: 'mirror/$1' }, 'to', 'repository-name-invalid'],
    [{ from: 'regex:.*', to: 'regex:a/.*,b/$1' }, 'to', 'to-group-unknown'],
    [{ from: 'regex:.*', to: 'regex:a/(.*),b/$1x' }, 'to', 'to-group-unknown'],
    [{ from: 'regex:.*', to: 'regex:^library/,mirror/' }, 'to', 'to-regex-never-matches'],
    [{ from: 'library/a', to: 'regex:^library/,mirror/' }, 'to', 'to-regex-never-matches'],
    [{ from: 'regex:.*', to: 'regex:a|b{1,2}' }, 'to', 'to-split-at-comma'],
    [{ from: 'library/a', to: 'regex:other,mirror' }, 'to', 'to-regex-never-matches'],
    [{ from: 'regex:[a-z]+/app', to: 'regex:.*/app,mirror/app' }, 'to', 'to-drops-difference'],
    [{ from: 'regex:.*', to: 'regex:.*,all' }, 'to', 'to-drops-difference'],
    [{ from: 'regex:.*/.*', to: 'regex:^/[^/]+/,/mirror/' }, 'to', 'to-drops-difference'],
    [{ from: 'regex:.*', to: 'regex:^/.*/(.*),/m/$1' }, 'to', 'to-drops-difference'],
    [{ from: 'regex:team-(a|b)/web', to: 'regex:team-./,' }, 'to', 'to-drops-difference'],
    [{ from: 'regex:app-[0-9]+', to: 'regex:-[0-9]+,' }, 'to', 'to-drops-difference'],
    [{ from: 'a', tags: ['semver: !1.x'] }, 'tags', 'semver-range-empty'],
  ])('doubts %j', (text, key, rule) => {
    expect(lintMappingRule(text)).toEqual([expect.objectContaining({ key, rule })]);
  });

  it.each([
    { from: 'library/busybox', to: 'mirror/busybox', tags: ['latest'] },
    { from: 'regex:library/.*', to: '/mirror/' },
    { from: 'regex:.*', to: '/' },
    { from: 'regex:(a|b)/.*', to: 'regex:^/(?P<first>[^/]+)/,/x/$first/$$' },
    { from: 'a/b', to: `regex:^/a/(.*),/c/\${1}x` },
    { from: 'regex:library/(redis|nginx)', to: 'regex:.*/(.*),web/$1' },
    { from: 'regex:library/.*', to: 'regex:^/library/,/hub/' },
    { from: 'regex:fixed', to: 'regex:.*,other' },
  ])('has no doubts about %j', (text) => {
    expect(lintMappingRule(text)).toEqual([]);
  });

  it('leaves invalid rules to the parser', () => {
    expect(lintMappingRule({ from: 'regex:(', to: 'regex:a', tags: ['regex: ('] })).toEqual([]);
  });
});

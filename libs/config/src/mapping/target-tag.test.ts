import { describe, expect, it } from 'vitest';
import { parseMappingRule } from './rule.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

const parse = (to: string, tags: readonly string[] = [], from = 'library/app') =>
  parseMappingRule({ from, to, tags });

describe('config/mapping/target-tag', () => {
  const image = { repository: 'library/app', tag: 'v1.2.3' };

  it.each([
    ['mirror/app:{tag}-mirror', [], 'mirror/app', 'v1.2.3-mirror'],
    [':{tag}-x', [], 'library/app', 'v1.2.3-x'],
    ['all:{repository}_{tag}', [], 'all', 'library-app_v1.2.3'],
    ['a/b:{1}.{2}', ['regex: v(\\d+)\\.(\\d+).*'], 'a/b', '1.2'],
    ['a:m{major}', ['regex: v9', 'regex: v(?P<major>\\d+).*'].slice(1), 'a', 'm1'],
    ['a:{1}', ['regex: (x).*', 'regex: (v.)(.*)', 'regex: (v)(.*)'], 'a', 'v1'],
    ['a:{0}{2}', ['regex: (v)(x)?.*'], 'a', 'v1.2.3'],
    ['regex:^/library/,/hub/:{tag}-x', [], 'hub/app', 'v1.2.3-x'],
    ['regex:^/(?:library)/(.*)$,/h/$1:{tag}', [], 'h/app', 'v1.2.3'],
    ['a:newest', ['regex: v.*', 'keep: latest 1'], 'a', 'newest'],
    ['a:stable', ['v1.2.3'], 'a', 'stable'],
  ])('%j beside %j', (to, tags, path, name) => {
    const { rule, problems } = parse(to, tags);
    expect(problems).toEqual([]);
    expect(rule?.targetPath('library/app')).toBe(path);
    expect(rule?.targetTag?.nameOf(image)).toBe(name);
  });

  it('names images by what tags calls them by their digest', () => {
    const { rule } = parse('a:{tag}-{digest:12}', [`v1@${DIGEST}`]);
    expect(rule?.targetTag?.nameOf({ repository: 'x', tag: 'v1', digest: DIGEST })).toBe('v1-0123456789ab');
    const whole = parse('a:{digest}', [DIGEST]).rule?.targetTag;
    expect(whole?.nameOf({ repository: 'x', digest: DIGEST })).toBe(DIGEST.slice('sha256:'.length));
    expect(whole?.nameOf({ repository: 'x', tag: 'v1' })).toBeUndefined();
  });

  it('gives no name where a group is asked of a tag that no expression matches', () => {
    const { rule } = parse('a:{1}', ['regex: v(.*)']);
    expect(rule?.targetTag?.nameOf({ repository: 'x', tag: '1' })).toBeUndefined();
  });

  it('puts a name behind the prefix of a pattern', () => {
    const { rule } = parse('mirror:{tag}-x', [], 'regex:.*');
    expect(rule?.targetPath('library/app')).toBe('mirror/library/app');
    expect(rule?.targetTag?.nameOf(image)).toBe('v1.2.3-x');
  });

  it.each(['mirror/app', 'registry:5000/app', 'regex:(?:a),b', 'regex:a:b,c'])(
    'leaves tags alone with %j',
    (to) => {
      expect(parse(to).rule?.targetTag).toBeUndefined();
    },
  );

  it.each([
    ['a:', [], 'to-invalid', 'no tag behind its colon'],
    ['a:{tag', [], 'to-invalid', '"{"'],
    ['a:{tag}+x', [], 'to-invalid', '"+"'],
    ['a:$1', [], 'to-invalid', '"$"'],
    ['a:{digest:3}', [], 'to-invalid', '{digest:3}'],
    ['a:{ta g}', [], 'to-invalid', '{ta g}'],
    ['a:-{tag}', [], 'to-invalid', 'begins its tag with "-"'],
    [`a:${'x'.repeat(129)}`, ['1'], 'to-invalid', 'more than 128'],
    ['a:b', [], 'to-tag-of-several', 'one tag for all'],
    ['a:b', ['1', '2'], 'to-tag-of-several', 'one tag for all'],
    ['a:{repository}', ['semver: 1.x'], 'to-tag-of-several', 'one tag for all'],
    ['a:{1}', ['semver: 1.x'], 'to-tag-group-unknown', 'semver: 1.x'],
    ['a:{1}', [], 'to-tag-group-unknown', 'no regex: in tags has groups'],
    ['a:{2}', ['regex: (.)'], 'to-tag-group-unknown', 'regex: (.)'],
    ['a:{name}', ['regex: (.)'], 'to-tag-group-unknown', '{name}'],
    ['a:{1}', ['regex: (1.)', 'edge'], 'to-tag-group-unknown', 'edge'],
    ['a:{1}', ['regex: (1.)', 'regex: !(2.)'], 'to-tag-group-unknown', '!(2.)'],
    ['a:{tag}', [DIGEST], 'to-tag-unknown', '{tag}'],
    ['a:{1}-{digest}', ['regex: (.*)'], 'to-group-beside-digest', '{digest}'],
    ['a:{tag}-x', [`1@${DIGEST}`, '1'], 'to-tag-collides', '"1-x"'],
    ['a:{tag}-{tag}', ['x'.repeat(80)], 'to-tag-illegal', 'no tag can be'],
  ])('refuses %j beside %j as %s', (to, tags, rule, message) => {
    expect(parse(to, tags).problems).toEqual([
      expect.objectContaining({ key: 'to', rule, message: expect.stringContaining(message) }),
    ]);
    expect(parse(to, tags).rule).toBeUndefined();
  });
});

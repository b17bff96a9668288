import { type CopyRequest, parsePlatform, parseReference, parseRegistryName } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { admitsCopy } from './admits.ts';
import { taskOf } from './plan.fixture.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const HOSTS = { source: 'docker.io', target: 'mirror.example.com' };

const request = (source: string, target: string, more: Partial<CopyRequest> = {}): CopyRequest => ({
  task: 'test',
  relay: 'direct',
  source: parseReference(source),
  target: parseReference(target),
  ...more,
});

describe('planner/admits', () => {
  const task = taskOf(
    `[{from: library/busybox, to: mirror/busybox, tags: ['semver: >=1.30.0', 'edge', 'keep: latest 3']},
      {from: 'regex:library/(redis|nginx)', to: 'regex:library/(.*),web/$1', platform: linux/arm64},
      {from: pinned, tags: ['${DIGEST}', 'named@${DIGEST}'], platform: all}]`,
    HOSTS,
  );

  it.each([
    ['docker.io/library/busybox:1.36.0', 'mirror.example.com/mirror/busybox:1.36.0', ''],
    ['docker.io/library/busybox:edge', 'mirror.example.com/mirror/busybox:edge', 'linux/amd64'],
    ['docker.io/library/redis:7', 'mirror.example.com/web/redis:7', 'linux/arm64'],
    [`docker.io/pinned@${DIGEST}`, `mirror.example.com/pinned@${DIGEST}`, 'all'],
    [`docker.io/pinned@${DIGEST}`, 'mirror.example.com/pinned:named', 'all'],
  ])('lets %s go to %s for platform "%s"', (source, target, platform) => {
    const selection = parsePlatform(platform);
    const asked = request(source, target, selection === undefined ? {} : { platform: selection });
    expect(admitsCopy(task, asked)).toBe(true);
  });

  it('lets images go to each of several targets, and to no other', () => {
    const [source, target, other] = ['docker.io', 'mirror.example.com/team', 'b.test'].map((registry) => ({
      ...task.source,
      registry: parseRegistryName(registry),
    }));
    if (source === undefined || target === undefined || other === undefined) throw new Error('no location');
    const fanned = { ...task, source, targets: [target, other] };
    const goes = (place: string): boolean =>
      admitsCopy(
        fanned,
        request('docker.io/library/redis:7', `${place}:7`, {
          platform: { os: 'linux', architecture: 'arm64' },
        }),
      );
    expect(['mirror.example.com/team/web/redis', 'b.test/web/redis'].map(goes)).toEqual([true, true]);
    expect(['mirror.example.com/web/redis', 'b.test/team/web/redis', 'c.test/web/redis'].map(goes)).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('lets a repository go whose name a list began with a slash, where the expression asks for it', () => {
    const slashed = taskOf(`[{from: 'regex:/team/.*'}]`, HOSTS);
    const asked = request('docker.io/team/app:1', 'mirror.example.com/team/app:1');
    expect(admitsCopy(slashed, asked)).toBe(true);
  });

  it.each([
    ['another target repository', 'docker.io/library/busybox:1.36.0', 'mirror.example.com/evil:1.36.0', ''],
    [
      'another source repository',
      'docker.io/evil/busybox:1.36.0',
      'mirror.example.com/mirror/busybox:1.36.0',
      '',
    ],
    ['another target host', 'docker.io/library/busybox:1.36.0', 'evil.example.com/mirror/busybox:1.36.0', ''],
    [
      'another source host',
      'evil.example.com/library/busybox:1.36.0',
      'mirror.example.com/mirror/busybox:1.36.0',
      '',
    ],
    [
      'another tag at the target',
      'docker.io/library/busybox:1.36.0',
      'mirror.example.com/mirror/busybox:latest',
      '',
    ],
    [
      'a tag that no rule takes',
      'docker.io/library/busybox:1.29.0',
      'mirror.example.com/mirror/busybox:1.29.0',
      '',
    ],
    [
      'a repository of no mapping',
      'docker.io/library/mysql:7',
      'mirror.example.com/web/mysql:7',
      'linux/arm64',
    ],
    [
      'the target of another source',
      'docker.io/library/redis:7',
      'mirror.example.com/web/nginx:7',
      'linux/arm64',
    ],
    [
      'a tag beside the digest',
      `docker.io/pinned@${DIGEST}`,
      `mirror.example.com/pinned:v1@${DIGEST}`,
      'all',
    ],
    [
      'a digest in place of a tag',
      `docker.io/library/busybox@${DIGEST}`,
      'mirror.example.com/mirror/busybox:edge',
      '',
    ],
  ])('refuses %s', (_title, source, target, platform) => {
    const selection = parsePlatform(platform);
    const asked = request(source, target, selection === undefined ? {} : { platform: selection });
    expect(admitsCopy(task, asked)).toBe(false);
  });

  it('refuses anchors as the source or the target of a copy', () => {
    const anchor = `regfleet.keep.v1.20261128093042007.${'0'.repeat(32)}`;
    const everything = taskOf('[{from: app}, {from: other, to: "other:{tag}"}]', HOSTS);
    for (const name of ['app', 'other']) {
      const asked = request(`docker.io/${name}:${anchor}`, `mirror.example.com/${name}:${anchor}`);
      expect(admitsCopy(everything, asked)).toBe(false);
    }
  });

  it('looks at neither relay nor platform, which may have changed since the copy was planned', () => {
    const asked = request('docker.io/library/redis:7', 'mirror.example.com/web/redis:7');
    expect(admitsCopy(task, { ...asked, relay: 'skopeo', platform: 'all' })).toBe(true);
  });

  it.each(['a.example.com', 'A.example.com'])('refuses an image that goes over itself, at %s', (target) => {
    const planned = taskOf(`[{from: app}, {from: tools, tags: ['named@${DIGEST}']}]`, {
      source: 'a.example.com',
      target,
    });
    expect(admitsCopy(planned, request('a.example.com/app:1', `${target}/app:1`))).toBe(false);
    expect(admitsCopy(planned, request(`a.example.com/tools@${DIGEST}`, `${target}/tools:named`))).toBe(true);
  });

  describe('where the mapping names tags', () => {
    const named = taskOf(
      `[{from: app, to: 'm:{tag}-x', tags: ['regex: 1.*']},
        {from: 'regex:team/.*', to: 'regex:.*,all:{repository}_{1}', tags: ['regex: v(.*)']},
        {from: tools, to: 'm:{tag}-{digest:7}', tags: ['named@${DIGEST}']},
        {from: bare, to: 'bare:{digest:8}', tags: ['${DIGEST}']},
        {from: listed, to: 'listed:{digest:8}', tags: ['regex: 1.*']},
        {from: both, to: 'both:x-{tag}-{digest:8}', tags: ['regex: 1.*']}]`,
      HOSTS,
    );
    const admits = (source: string, target: string): boolean =>
      admitsCopy(named, request(`docker.io/${source}`, `mirror.example.com/${target}`));

    it.each([
      ['app:1.5', 'm:1.5-x'],
      ['team/web:v2', 'all:team-web_2'],
      [`tools@${DIGEST}`, 'm:named-aaaaaaa'],
      [`bare@${DIGEST}`, 'bare:aaaaaaaa'],
      [`listed@${DIGEST}`, 'listed:aaaaaaaa'],
      [`both@${DIGEST}`, 'both:x-1.5-aaaaaaaa'],
    ])('lets %s become %s', (source, target) => {
      expect(admits(source, target)).toBe(true);
    });

    it.each([
      ['app:1.5', 'm:1.5'],
      ['app:1.5', 'm:1.6-x'],
      ['app:2', 'm:2-x'],
      ['team/web:v2', 'all:team-api_2'],
      ['team/web:v2', 'all:v2'],
      ['team/web:2', 'all:team-web_2'],
      [`app@${DIGEST}`, 'm:1.5-x'],
      [`app@${DIGEST}`, `m@${DIGEST}`],
      [`tools@${DIGEST}`, 'm:named'],
      [`tools@${DIGEST}`, 'm:other-aaaaaaa'],
      [`bare@${DIGEST}`, `bare@${DIGEST}`],
      [`listed@${DIGEST}`, 'listed:bbbbbbbb'],
      ['listed:1', 'listed:aaaaaaaa'],
      [`both@${DIGEST}`, 'both:x-2.5-aaaaaaaa'],
      [`both@${DIGEST}`, 'both:x-1.5-bbbbbbbb'],
      [`both@${DIGEST}`, 'both:1.5-aaaaaaaa'],
      [`bare@sha256:${'b'.repeat(64)}`, 'bare:bbbbbbbb'],
    ])('does not let %s become %s', (source, target) => {
      expect(admits(source, target)).toBe(false);
    });
  });

  describe('where a later mapping names the same target', () => {
    const admits = (later: string): boolean =>
      admitsCopy(
        taskOf(`[{from: dev/app, to: x}, ${later}]`, HOSTS),
        request('docker.io/dev/app:1.0', 'mirror.example.com/x:1.0'),
      );

    it.each([
      `{from: app, to: x, tags: ['1.0']}`,
      `{from: app, to: x, tags: ['0.9', '1.0@${DIGEST}']}`,
      `{from: app, to: x, tags: ['0.9', '1.0', 'keep: latest 1']}`,
    ])('refuses what %s writes', (later) => {
      expect(admits(later)).toBe(false);
    });

    it.each([
      `{from: app, to: x, tags: ['1.1']}`,
      `{from: app, to: y, tags: ['1.0']}`,
      `{from: app, to: x, tags: ['1.0', '1.1', 'keep: latest 1']}`,
      `{from: 'regex:app', to: 'regex:.*,x', tags: ['1.0']}`,
      `{from: app, to: x, tags: ['regex:1.*']}`,
      `{from: app, to: X, tags: ['1.0']}`,
    ])('admits what %s may leave alone', (later) => {
      expect(admits(later)).toBe(true);
    });

    it('admits what the later one asks for', () => {
      const planned = taskOf(`[{from: dev/app, to: x}, {from: app, to: x, tags: ['1.0']}]`, HOSTS);
      expect(admitsCopy(planned, request('docker.io/app:1.0', 'mirror.example.com/x:1.0'))).toBe(true);
    });
  });

  it.each([
    ['docker.io', 'regex:busy.*', 'docker.io/library/busybox:1', 'mirror.example.com/m/library/busybox:1'],
    [
      'docker.io',
      'regex:library/busy.*',
      'docker.io/library/busybox:1',
      'mirror.example.com/m/library/busybox:1',
    ],
    ['r.com/team', 'regex:app', 'r.com/team/app:1', 'mirror.example.com/m/app:1'],
    ['r.com/team', 'app', 'r.com/team/app:1', 'mirror.example.com/m:1'],
  ])('knows a name that the lister of %s gave for %s', (source, from, asked, target) => {
    const planned = taskOf(`[{from: '${from}', to: m}]`, { ...HOSTS, source });
    const bare = target.replace('/m/library/', '/m/');
    expect([target, bare].some((name) => admitsCopy(planned, request(asked, name)))).toBe(true);
    expect(admitsCopy(planned, request(asked, 'mirror.example.com/other:1'))).toBe(false);
  });
});

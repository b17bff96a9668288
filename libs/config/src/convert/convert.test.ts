import { parseDigest } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import type { Task } from '../model.ts';
import { parseConfig } from '../parse.ts';
import type { ConvertedConfig } from './contract.ts';
import { convertRegsync } from './regsync.ts';
import { convertSkopeo } from './skopeo.ts';

const TAGS = [
  ...['1.0.0', '1.2.0', 'v1.2.3', '2.0.0', '2.1.0-rc1', '1.31-glibc', '3', '1.4', 'latest', 'edge', 'edge-2'],
  ...['!odd', 'a', 'ab', 'cb', 'sha256-aa.sig'],
].filter((tag) => /^[\w][\w.-]*$/.test(tag));

/** The tasks as the product reads them; an invalid file fails the test. */
function tasksOf({ yaml }: ConvertedConfig): readonly Task[] {
  const env = Object.fromEntries(
    [...yaml.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => [name ?? '', 'secret']),
  );
  const { config, issues } = parseConfig(yaml, { file: 'config.yaml', env });
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  return config?.tasks ?? [];
}

/** What a task copies of a repository with all those tags, as `from -> to`. */
const chosenBy = (task: Task | undefined): string[] =>
  (task?.mappings ?? []).flatMap((mapping) => {
    const { from } = mapping;
    if (from.kind !== 'plain') throw new Error('a pattern');
    return mapping.tags
      .select(TAGS)
      .flatMap((tag) =>
        (task?.targets ?? []).map(
          ({ registry }) =>
            `${task?.source.registry.host}/${from.repository}:${tag} -> ${registry.host}/${mapping.targetPath(from.repository)}`,
        ),
      );
  });

/** As regsync filters: each expression between ^ and $, without a group. */
const regsyncTags = (allow: readonly string[], deny: readonly string[]): string[] => {
  const fits = (filters: readonly string[], tag: string): boolean =>
    filters.some((filter) => new RegExp(`^${filter}$`).test(tag));
  return TAGS.filter((tag) => (allow.length === 0 || fits(allow, tag)) && !fits(deny, tag));
};

describe('config/convert/regsync', () => {
  it.each([
    ['bkup-{{.Ref.Tag}}', 'bkup-v1-20261128T093042Z', 'has the date'],
    ['{{ .Ref.Tag }}.old', 'v1.old-20261128T093042Z', 'has the date'],
    ['registry.example.com/backups:{{.Ref.Tag}}', undefined, 'is no tag'],
  ])('keeps what is overwritten where backup is %s', (backup, name, note) => {
    const entry = { source: 'a.example.com/app', target: 'b.example.com/app', type: 'repository' };
    const file = { version: 1, defaults: { backup, interval: '1h' }, sync: [entry] };
    const converted = convertRegsync(JSON.stringify(file), 'regsync.yml');
    expect(converted.notes).toEqual([
      { path: 'sync[0].backup', message: expect.stringContaining(note), isLeftOut: false },
    ]);
    const digest = parseDigest(`sha256:${'0'.repeat(64)}`);
    const image = { repository: 'app', tag: 'v1', digest, atMs: Date.parse('2026-11-28T09:30:42Z') };
    expect(tasksOf(converted)[0]?.mappings[0]?.history?.backup?.(image)).toBe(name);
  });

  it.each<[string[], string[]]>([
    [[], []],
    [['latest'], []],
    [
      ['1\\..*', 'v.*'],
      ['.*-rc.*', '.*glibc'],
    ],
    [[], ['edge.*', 'latest']],
    // Without a group: begins with a, or ends with b.
    [['a|b'], []],
    [['(?i:EDGE)'], []],
    [['^3$'], []],
    [['!odd|3'], []],
  ])('chooses the tags that allow %j and deny %j choose', (allow, deny) => {
    const file = JSON.stringify({
      version: 1,
      sync: [
        {
          source: 'hub.test/app',
          target: 'mirror.test/x/app',
          type: 'repository',
          tags: { allow, deny },
          interval: '60m',
        },
      ],
    });
    const converted = convertRegsync(file, 'regsync.yml');
    const [task] = tasksOf(converted);
    const wanted = regsyncTags(allow, deny);
    expect(chosenBy(task)).toEqual(
      wanted
        .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        .map((tag) => `hub.test/app:${tag} -> mirror.test/x/app`),
    );
    expect(task).toMatchObject({ relay: 'direct', schedule: { kind: 'interval', everyMs: 3_600_000 } });
    expect(converted.notes).toEqual([]);
  });

  it('makes one task of entries that differ in their target alone', () => {
    const entry = (target: string, more = {}) => ({
      source: 'hub.test/app',
      target,
      type: 'repository',
      ...more,
    });
    const sync = [
      entry('a.test/x/app'),
      entry('a.test/y/app'),
      entry('b.test/x/app'),
      entry('c.test/x/app', { interval: '1h' }),
    ];
    const defaults = { interval: '2h' };
    const tasks = tasksOf(convertRegsync(JSON.stringify({ defaults, sync }), 'regsync.yml'));
    expect(tasks.map(({ name, targets }) => [name, ...targets.map(({ registry }) => registry.text)])).toEqual(
      [
        ['app', 'a.test', 'b.test'],
        ['app-2', 'a.test'],
        ['app-3', 'c.test'],
      ],
    );
    const twice = convertRegsync(JSON.stringify({ defaults, sync: [sync[0], sync[0]] }), 'regsync.yml');
    expect(tasksOf(twice)).toHaveLength(2);
  });

  it('takes over images, whole registries, schedules, defaults and logins', () => {
    const file = `
version: 1
creds:
  - {registry: hub.test, user: '{{env "HUB_USER"}}', pass: '{{env "HUB_PASS"}}', reqPerSec: 5, tls: disabled, blobChunk: 5}
  - {registry: mirror.test, user: joe, pass: very-secret}
defaults: {schedule: '@hourly', parallel: 4}
sync:
  - {source: alpine:3, target: 'mirror.test/lib/alpine:3', type: image}
  - {source: 'hub.test/app@sha256:${'a'.repeat(64)}', target: 'mirror.test/app:pinned', type: image, interval: 90s}
  - {source: hub.test, target: mirror.test/all, type: registry, repos: {allow: ['team/.*', 'base']}, referrers: true}
`;
    const converted = convertRegsync(file, 'regsync.yml');
    expect(converted.yaml).not.toContain('very-secret');
    const [image, pinned, registry] = tasksOf(converted);
    expect(image).toMatchObject({
      schedule: { kind: 'cron', pattern: '0 * * * *' },
      source: { registry: { host: 'docker.io' } },
    });
    expect(image?.mappings[0]).toMatchObject({ from: { repository: 'library/alpine' }, platform: 'all' });
    expect(image?.mappings[0]?.tags.select(TAGS)).toEqual(['3']);
    expect(pinned?.schedule).toMatchObject({ everyMs: 90_000 });
    expect(pinned?.mappings[0]?.tags.select([])).toEqual([`pinned@sha256:${'a'.repeat(64)}`]);
    const from = registry?.mappings[0]?.from;
    const matches = ['team/x', 'base', 'other', 'base2', 'x/team/y'].filter(
      (name) => from?.kind === 'regex' && from.matches(name),
    );
    expect(matches).toEqual(['team/x', 'base']);
    expect(registry?.mappings[0]?.targetPath('team/x')).toBe('all/team/x');
    expect(registry?.mappings[0]?.referrers).toBeDefined();
    const paths = converted.notes.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(['defaults.parallel', 'creds[0].blobChunk', 'creds[1].pass']),
    );
    expect(converted.notes.every(({ isLeftOut }) => !isLeftOut)).toBe(true);
  });

  it.each([
    ['another tag', { source: 'hub.test/app:1', target: 'mirror.test/app:2', type: 'image' }],
    [
      'names that are left out',
      { source: 'hub.test', target: 'mirror.test', type: 'registry', repos: { deny: ['x'] } },
    ],
    [
      'a range',
      { source: 'hub.test/a', target: 'mirror.test/a', type: 'repository', tags: { semverRange: ['>=1'] } },
    ],
    ['a folder', { source: 'ocidir://x', target: 'mirror.test/a', type: 'repository' }],
    ['a template', { source: 'hub.test/a', target: 'mirror.test/{{.Sync.Source}}', type: 'repository' }],
    [
      'no expression',
      { source: 'hub.test/a', target: 'mirror.test/a', type: 'repository', tags: { allow: ['('] } },
    ],
  ])('leaves an entry out, and says so, of %s', (_, entry) => {
    const converted = convertRegsync(JSON.stringify({ sync: [entry] }), 'regsync.yml');
    expect(tasksOf(converted)).toEqual([]);
    expect(converted.notes).toContainEqual(expect.objectContaining({ isLeftOut: true }));
  });
});

describe('config/convert/skopeo', () => {
  const FILE = `
hub.test:
  images: {app: [], team/tool: ['1.0.0', 'sha256:${'b'.repeat(64)}']}
  images-by-tag-regex: {other: 'dge'}
  images-by-semver: {versions: '>= 1.0.0, < 2.0.0'}
  credentials: {username: joe, password: very-secret}
  tls-verify: false
  cert-dir: /certs
docker.io:
  images: {busybox: [latest]}
  images-by-semver: {alpine: '^3.1'}
`;

  it('chooses what the file chooses, and puts it where skopeo does', () => {
    const converted = convertSkopeo(FILE, 'sync.yml', {
      to: 'mirror.test/m',
      isScoped: false,
      allPlatforms: true,
    });
    const [hub, docker] = tasksOf(converted);
    const sorted = (tags: readonly string[]): string[] =>
      tags.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(chosenBy(hub)).toEqual([
      ...sorted(TAGS).map((tag) => `hub.test/app:${tag} -> mirror.test/m/app`),
      ...sorted(['1.0.0', `sha256:${'b'.repeat(64)}`]).map(
        (tag) => `hub.test/team/tool:${tag} -> mirror.test/m/tool`,
      ),
      // Anywhere in the tag.
      ...sorted(TAGS.filter((tag) => /dge/.test(tag))).map(
        (tag) => `hub.test/other:${tag} -> mirror.test/m/other`,
      ),
      // Pre-releases fit no range that names none.
      ...sorted(['1.0.0', '1.2.0', '1.4', 'v1.2.3']).map(
        (tag) => `hub.test/versions:${tag} -> mirror.test/m/versions`,
      ),
    ]);
    expect(hub?.mappings.map(({ platform }) => platform)).toEqual(['all', 'all', 'all', 'all']);
    expect(chosenBy(docker)).toEqual(['docker.io/library/busybox:latest -> mirror.test/m/busybox']);
    expect(converted.yaml).not.toContain('very-secret');
    expect(converted.notes.filter(({ isLeftOut }) => isLeftOut).map(({ path }) => path)).toEqual([
      'docker.io.images-by-semver.alpine',
    ]);
  });

  it('puts images below the whole name of their source where they are scoped', () => {
    const [hub] = tasksOf(
      convertSkopeo(FILE, 'sync.yml', { to: 'mirror.test', isScoped: true, allPlatforms: false }),
    );
    expect(hub?.mappings.map((mapping) => mapping.targetPath('')).slice(0, 2)).toEqual([
      'hub.test/app',
      'hub.test/team/tool',
    ]);
  });
});

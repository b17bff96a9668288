import { type CopyRequest, parseReference } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { localNames, repositoryOf } from './names.ts';

const HEX = 'a'.repeat(64);

const request = (source: string, target = 'b.example/app:1'): CopyRequest => ({
  relay: 'docker',
  source: parseReference(source),
  target: parseReference(target),
});

describe('relay/docker/names', () => {
  it.each([
    ['a.example:5000/team/app:1', 'a.example:5000/team/app', 'a.example:5000/team/app:1'],
    ['docker.io/library/busybox:1.36', 'busybox', 'busybox:1.36'],
    ['docker.io/grafana/grafana:1', 'grafana/grafana', 'grafana/grafana:1'],
    ['localhost/app:1', 'localhost/app', 'localhost/app:1'],
    [`a.example/app:1@sha256:${HEX}`, 'a.example/app', `a.example/app@sha256:${HEX}`],
  ])('calls %s as the daemon does', (text, repository, name) => {
    expect(localNames(request(text)).source).toMatchObject({ repository, name });
  });

  it('pushes what has only a digest under a tag made of it', () => {
    const { target } = localNames(request('a.example/app:1', `b.example/app@sha256:${HEX}`));
    expect(target.tag).toBe(`dregsy-${HEX}`);
  });

  it('cuts a tag that is longer than registries take', () => {
    const digest = `sha512:${'b'.repeat(128)}`;
    const { target } = localNames(request('a.example/app:1', `b.example/app@${digest}`));
    expect(target.tag).toBe(`dregsy-${'b'.repeat(121)}`);
  });

  it('refuses a registry that a daemon would look for on Docker Hub', () => {
    expect(() => localNames(request('registry/app:1'))).toThrow(
      expect.objectContaining({
        code: 'REFERENCE_INVALID',
        hint: expect.stringContaining('registry:443'),
      }),
    );
  });

  it.each([
    ['busybox:1', 'busybox'],
    ['a.example:5000/app:1', 'a.example:5000/app'],
    ['a.example:5000/app', 'a.example:5000/app'],
    [`a.example:5000/app@sha256:${HEX}`, 'a.example:5000/app'],
  ])('finds the repository of %s', (name, repository) => {
    expect(repositoryOf(name)).toBe(repository);
  });
});

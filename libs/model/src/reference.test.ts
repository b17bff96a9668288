import { describe, expect, it } from 'vitest';
import { formatReference, makeReference, manifestName, parseReference } from './reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('model/reference', () => {
  it.each([
    ['docker.io/busybox', 'docker.io/library/busybox'],
    ['index.docker.io/busybox:1.36', 'docker.io/library/busybox:1.36'],
    ['Docker.io/busybox', 'docker.io/library/busybox'],
    ['registry-1.docker.io/library/busybox:1', 'docker.io/library/busybox:1'],
    ['Registry.Example.com:5000/a', 'registry.example.com:5000/a'],
    ['docker.io/grafana/grafana:11.0.0', 'docker.io/grafana/grafana:11.0.0'],
    ['registry.hub.docker.com/library/busybox:1', 'registry.hub.docker.com/library/busybox:1'],
    ['127.0.0.1:5000/a/b/c:v1', '127.0.0.1:5000/a/b/c:v1'],
    ['[::1]:5000/a:v1', '[::1]:5000/a:v1'],
    [`quay.io/a/b@${DIGEST}`, `quay.io/a/b@${DIGEST}`],
    [`quay.io/a/b:v1@${DIGEST}`, `quay.io/a/b:v1@${DIGEST}`],
    ['quay.io//a/b', 'quay.io/a/b'],
  ])('reads %s as %s', (text, expected) => {
    expect(formatReference(parseReference(text))).toBe(expected);
  });

  it.each([
    'busybox',
    '/busybox',
    'docker.io/',
    'docker.io/Busybox',
    'docker.io/a//b',
    'docker.io/a:',
    'docker.io/a:.x',
    `docker.io/a:${'x'.repeat(129)}`,
    'docker.io/a@sha256:abc',
    'user:pass@docker.io/a',
    'docker.io:port/a',
  ])('refuses %s', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID' }));
  });

  it('asks for the digest where a reference has tag and digest', () => {
    expect(manifestName(parseReference(`quay.io/a:v1@${DIGEST}`))).toBe(DIGEST);
  });

  it('refuses to ask for a repository without tag and digest', () => {
    expect(() => manifestName(makeReference({ registry: 'quay.io', repository: 'a' }))).toThrow(
      'names no image',
    );
  });
});

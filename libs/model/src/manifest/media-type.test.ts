import { describe, expect, it } from 'vitest';
import { MEDIA_TYPES } from './manifest.ts';
import { manifestMediaType } from './media-type.ts';

describe('model/manifest/media-type', () => {
  it.each([
    [MEDIA_TYPES.ociIndex, '{}', MEDIA_TYPES.ociIndex],
    [`${MEDIA_TYPES.ociManifest}; charset=utf-8`, '{}', MEDIA_TYPES.ociManifest],
    [
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
      '{}',
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
    ],
    ['application/json', `{"mediaType":"${MEDIA_TYPES.dockerIndex}"}`, MEDIA_TYPES.dockerIndex],
    ['text/plain', '{"manifests":[]}', MEDIA_TYPES.ociIndex],
    ['text/plain', '{"mediaType":"","manifests":null}', MEDIA_TYPES.ociIndex],
    ['text/plain', '{"mediaType":"","manifests":null,"config":{},"layers":null}', MEDIA_TYPES.ociManifest],
    ['text/plain', '{"mediaType":null,"manifests":[],"config":null,"layers":null}', MEDIA_TYPES.ociIndex],
    [undefined, '{"layers":[]}', MEDIA_TYPES.ociManifest],
    ['application/octet-stream', 'not json', 'application/octet-stream'],
  ])('of %s with %s is %s', (contentType, text, expected) => {
    expect(manifestMediaType(contentType, Buffer.from(text))).toBe(expected);
  });
});

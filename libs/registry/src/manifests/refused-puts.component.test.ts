import { type Exchange, makeImage } from '@regfleet/harness';
import type { Digest } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { scriptedClient } from '../registries.fixture.ts';

const { bytes, digest: DIGEST, mediaType: MEDIA_TYPE } = makeImage({ layers: ['one'] });
const OTHER: Digest = makeImage({ layers: ['two'] }).digest;
const MANIFEST = { mediaType: MEDIA_TYPE, digest: DIGEST, bytes };

const BY_TAG = '/v2/team/app/manifests/1.0';

describe('registry/manifests/refused-puts', () => {
  it.each<[number, string]>([
    [400, JSON.stringify({ errors: [{ code: 'TAG_INVALID', message: 'tag is immutable' }] })],
    [
      400,
      '{"errors":[{"code":"MANIFEST_INVALID","detail":"Repository does not allow updating assets: 1.0"}]}',
    ],
    [403, '{"message":"overwriting is switched off"}'],
    [404, ''],
    [405, '<html>Method Not Allowed'],
    [409, '{"errors":[{"code":"CONFLICT","message":"schon vorhanden"}]}'],
    [412, '{"errors":[{"code":"PRECONDITION","message":"configured as immutable"}]}'],
    [415, ''],
    [422, 'ImageTagAlreadyExistsException'],
  ])('looks whether a manifest is there that is refused by %i %s', async (status, body) => {
    const named = (name: string, there: Digest): Exchange[] => [
      { method: 'PUT', path: `/v2/team/app/manifests/${name}`, response: { status, body } },
      {
        method: 'HEAD',
        path: `/v2/team/app/manifests/${name}`,
        response: { status: 200, headers: { 'content-type': MEDIA_TYPE, 'docker-content-digest': there } },
      },
    ];
    await using scenario = await scriptedClient(
      ...named('same', DIGEST),
      ...named(DIGEST, DIGEST),
      ...named('other', OTHER),
    );
    const put = (name: string) => scenario.client.putManifest('team/app', name, MANIFEST);
    expect(await put('same')).toBe(DIGEST);
    expect(await put(DIGEST)).toBe(DIGEST);
    await expect(put('other')).rejects.toMatchObject({ httpStatus: status });
  });

  it.each([
    [200, '{"errors":[{"code":"DENIED"}]}', OTHER],
    [202, '', OTHER],
    [202, '', DIGEST],
  ])(
    'looks whether a manifest is there that is taken by %i %s without its digest',
    async (status, body, there) => {
      await using scenario = await scriptedClient(
        { method: 'PUT', path: BY_TAG, response: { status, body } },
        {
          method: 'HEAD',
          path: BY_TAG,
          response: { status: 200, headers: { 'content-type': MEDIA_TYPE, 'docker-content-digest': there } },
        },
      );
      const put = scenario.client.putManifest('team/app', '1.0', MANIFEST);
      if (there === DIGEST) expect(await put).toBe(DIGEST);
      else await expect(put).rejects.toMatchObject({ code: 'SERVER_FAILED', kind: 'retryable' });
    },
  );

  it.each([401, 413, 429])('looks for nothing where a manifest is refused by %i', async (status) => {
    const refused: Exchange = { method: 'PUT', path: BY_TAG, times: 'any', response: { status } };
    await using scenario = await scriptedClient(refused);
    const put = scenario.client.putManifest('team/app', '1.0', MANIFEST);
    await expect(put).rejects.toMatchObject({ httpStatus: status });
  });

  it.each([403, 404])(
    'tells why a manifest is refused where the look for it ends with %i',
    async (status) => {
      const refusal = { status: 403, body: '{"errors":[{"code":"DENIED","message":"push is not granted"}]}' };
      await using scenario = await scriptedClient(
        { method: 'PUT', path: BY_TAG, response: refusal },
        { method: 'HEAD', path: BY_TAG, times: 'any', response: { status } },
        { method: 'GET', path: BY_TAG, times: 'any', response: { status } },
      );
      await expect(scenario.client.putManifest('team/app', '1.0', MANIFEST)).rejects.toMatchObject({
        code: 'DENIED',
        message: expect.stringContaining('push is not granted'),
      });
    },
  );

  it.each([
    ['BLOB_UNKNOWN', 400, 'MANIFEST_BLOB_UNKNOWN'],
    ['MANIFEST_UNKNOWN', 400, 'MANIFEST_UNKNOWN'],
    ['DIGEST_MISMATCH', 400, 'DIGEST_INVALID'],
  ])(
    'takes a manifest for broken whose content is missing by %s, whatever is there',
    async (code, status, said) => {
      const refusal = { status, body: { errors: [{ code: said }] } };
      await using scenario = await scriptedClient({ method: 'PUT', path: BY_TAG, response: refusal });
      await expect(scenario.client.putManifest('team/app', '1.0', MANIFEST)).rejects.toMatchObject({ code });
    },
  );
});

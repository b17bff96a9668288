import { randomBytes } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type Exchange, makeImage, type ScriptedResponse } from '@regfleet/harness';
import type { Descriptor } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { blobOf } from './blobs/blob.fixture.ts';
import { allPages, readAll, scriptedClient } from './registries.fixture.ts';

const TAR = Buffer.concat([Buffer.alloc(200_000, 'tar'), randomBytes(100_000)]);
const LAYER = gzipSync(TAR);
const CONFIG = Buffer.from('{"architecture":"amd64"}');
const IMAGE = makeImage({ layers: ['one'] });
const MANIFESTS = '/v2/team/app/manifests';

async function* chunked(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 50_000) yield bytes.subarray(at, at + 50_000);
}

const encoded = (
  coding: string,
  body: ScriptedResponse['body'],
  headers: Record<string, string> = {},
): ScriptedResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json', 'content-encoding': coding, ...headers },
  ...(body !== undefined && { body }),
});

const getBlob = (blob: Descriptor, response: Exchange['response'], times = 1): Exchange => ({
  method: 'GET',
  path: `/v2/team/app/blobs/${blob.digest}`,
  headers: { 'accept-encoding': 'identity', range: undefined },
  times,
  response,
});

const get = (path: string, response: ScriptedResponse): Exchange => ({
  method: 'GET',
  path,
  headers: { 'accept-encoding': 'identity' },
  response,
});

describe('registry/encodings', () => {
  it.each<[string, Uint8Array, string, Uint8Array]>([
    ['a layer that is called gzip', LAYER, 'x-gzip', LAYER],
    ['a config that is called gzip', CONFIG, 'gzip', CONFIG],
    ['a layer that is encoded once more', LAYER, 'gzip', gzipSync(LAYER)],
    ['a tar that is encoded', TAR, 'gzip', LAYER],
    ['a config that is encoded', CONFIG, 'zstd', zstdCompressSync(CONFIG)],
    ['a config in an encoding that nobody knows', CONFIG, 'utf-8', CONFIG],
  ])('gets %s, with a length and without', async (_title, content, coding, sent) => {
    const blob = blobOf(content);
    await using sized = await scriptedClient(getBlob(blob, encoded(coding, sent)));
    expect(await readAll(await sized.client.getBlob('team/app', blob))).toEqual(Buffer.from(content));
    // The first shows how it is to be read.
    const times = coding === 'utf-8' ? 1 : 2;
    await using unsized = await scriptedClient(getBlob(blob, () => encoded(coding, chunked(sent)), times));
    expect(await readAll(await unsized.client.getBlob('team/app', blob))).toEqual(Buffer.from(content));
  });

  it('begins an encoded blob again where it was cut, and gives its bytes once', async () => {
    const blob = blobOf(TAR);
    let answers = 0;
    const answer = (): ScriptedResponse => {
      answers += 1;
      return { ...encoded('gzip', LAYER), ...(answers === 1 && { cutAfterBytes: 60_000 }) };
    };
    await using scenario = await scriptedClient(getBlob(blob, answer, 2));
    expect(await readAll(await scenario.client.getBlob('team/app', blob))).toEqual(TAR);
  });

  it('goes on with a part where a blob is only called encoded', async () => {
    const blob = blobOf(LAYER);
    const range = `bytes 60000-${LAYER.byteLength - 1}/${LAYER.byteLength}`;
    await using scenario = await scriptedClient(
      getBlob(blob, { ...encoded('gzip', LAYER), cutAfterBytes: 60_000 }),
      {
        ...getBlob(blob, {
          ...encoded('gzip', LAYER.subarray(60_000), { 'content-range': range }),
          status: 206,
        }),
        headers: { range: 'bytes=60000-' },
      },
    );
    expect(await readAll(await scenario.client.getBlob('team/app', blob))).toEqual(LAYER);
  });

  it.each([
    ['is neither the blob nor encoded', TAR.subarray(1)],
    ['holds more than the blob', gzipSync(Buffer.alloc(50_000_000))],
  ])('refuses what %s', async (_title, sent) => {
    const blob = blobOf(TAR);
    await using scenario = await scriptedClient(getBlob(blob, encoded('gzip', sent)));
    const read = scenario.client.getBlob('team/app', blob).then(readAll);
    await expect(read).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it.each([
    ['encoded', gzipSync(IMAGE.bytes)],
    ['only called encoded', IMAGE.bytes],
  ])('gets a manifest that is %s, by tag and by digest', async (_title, sent) => {
    const answer = encoded('gzip', sent, { 'content-type': IMAGE.mediaType });
    await using scenario = await scriptedClient(get(`${MANIFESTS}/1.0`, answer));
    await using other = await scriptedClient(get(`${MANIFESTS}/${IMAGE.digest}`, answer));
    const { mediaType, digest, bytes } = IMAGE;
    const expected = { mediaType, digest, bytes: new Uint8Array(bytes) };
    expect(await other.client.getManifest('team/app', digest)).toEqual(expected);
    expect(await scenario.client.getManifest('team/app', '1.0')).toEqual(expected);
  });

  it('takes bytes that have the digest for the manifest, whatever they could be decoded to', async () => {
    const { digest, sizeBytes } = blobOf(LAYER);
    const answer = encoded('gzip', LAYER, { 'docker-content-digest': digest });
    await using scenario = await scriptedClient(get(`${MANIFESTS}/1.0`, answer));
    const { bytes } = await scenario.client.getManifest('team/app', '1.0');
    expect(bytes.byteLength).toBe(sizeBytes);
  });

  it('refuses a manifest that is decoded to more than any has', async () => {
    const bomb = gzipSync(Buffer.alloc(100_000_000));
    await using scenario = await scriptedClient(get(`${MANIFESTS}/1.0`, encoded('gzip', bomb)));
    await expect(scenario.client.getManifest('team/app', '1.0')).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      message: expect.stringContaining('is larger than'),
    });
  });

  it('does not take the length of an encoded answer to HEAD for that of the manifest', async () => {
    const headers = { 'docker-content-digest': IMAGE.digest, 'content-length': '12' };
    await using scenario = await scriptedClient({
      method: 'HEAD',
      path: `${MANIFESTS}/1.0`,
      headers: { 'accept-encoding': 'identity' },
      response: encoded('gzip', undefined, headers),
    });
    expect(await scenario.client.headManifest('team/app', '1.0')).not.toHaveProperty('sizeBytes');
  });

  it('reads lists and errors that are encoded', async () => {
    const tags = gzipSync(JSON.stringify({ name: 'team/app', tags: ['a', 'b'] }));
    const error = gzipSync(JSON.stringify({ errors: [{ code: 'DENIED', message: 'not for you' }] }));
    await using scenario = await scriptedClient(
      get('/v2/team/app/tags/list?n=1000', encoded('gzip', tags)),
      get('/v2/_catalog?n=100', { ...encoded('gzip', error), status: 403 }),
    );
    expect(await allPages(scenario.client.listTags('team/app'))).toEqual([['a', 'b']]);
    await expect(allPages(scenario.client.listRepositories())).rejects.toMatchObject({
      code: 'DENIED',
      message: expect.stringContaining('not for you'),
    });
  });

  it('reads a token that is encoded', async () => {
    const token = gzipSync(JSON.stringify({ token: 'a-token' }));
    await using scenario = await scriptedClient(
      get('/token', encoded('gzip', token)),
      {
        method: 'GET',
        path: /manifests/,
        headers: { authorization: 'Bearer a-token' },
        response: { status: 200, headers: { 'content-type': IMAGE.mediaType }, body: IMAGE.bytes },
      },
      {
        method: 'GET',
        path: /manifests/,
        headers: { authorization: undefined },
        response: ({ url }) => ({
          status: 401,
          headers: { 'www-authenticate': `Bearer realm="${url.origin}/token",service="s"` },
        }),
      },
    );
    expect(await scenario.client.getManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
  });
});

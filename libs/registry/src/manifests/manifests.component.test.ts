import { createHash } from 'node:crypto';
import { type Exchange, makeImage, type ScriptedResponse, scriptedRegistry } from '@regfleet/harness';
import { type Digest, MANIFEST_ACCEPT } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { scriptedClient, testRegistries } from '../registries.fixture.ts';

const { bytes: BYTES, digest: DIGEST, mediaType: MEDIA_TYPE } = makeImage({ layers: ['one'] });
const OTHER: Digest = makeImage({ layers: ['two'] }).digest;
const MANIFEST = { mediaType: MEDIA_TYPE, digest: DIGEST, bytes: BYTES };

const BY_TAG = '/v2/team/app/manifests/1.0';
const BY_DIGEST = `/v2/team/app/manifests/${DIGEST}`;

const answer = (
  headers: Record<string, string> = {},
  body: ScriptedResponse['body'] = BYTES,
): ScriptedResponse => ({
  status: 200,
  headers: { 'content-type': MEDIA_TYPE, ...headers },
  body,
});

const get = (response: Exchange['response'], times = 1): Exchange => ({
  method: 'GET',
  path: /manifests/,
  times,
  response,
});
const head = (response: Exchange['response']): Exchange => ({ method: 'HEAD', path: /manifests/, response });

describe('registry/manifests/manifests', () => {
  it('asks HEAD and GET for the same media types', async () => {
    const headers = { accept: MANIFEST_ACCEPT };
    await using scenario = await scriptedClient(
      { ...head(answer({ 'docker-content-digest': DIGEST })), headers },
      { ...get(answer()), headers },
    );
    await scenario.client.headManifest('team/app', '1.0');
    await scenario.client.getManifest('team/app', '1.0');
  });

  it.each([
    ['says no digest', answer()],
    ['says what is no digest', answer({ 'docker-content-digest': 'latest' })],
    ['knows no HEAD', { status: 405 }],
  ])('gets and hashes a manifest when the registry %s', async (_title, response) => {
    await using scenario = await scriptedClient(head(response), get(answer()));
    expect(await scenario.client.headManifest('team/app', '1.0')).toEqual({
      digest: DIGEST,
      mediaType: MEDIA_TYPE,
      sizeBytes: BYTES.byteLength,
    });
  });

  it('tells also by GET that there is none', async () => {
    await using scenario = await scriptedClient(head({ status: 405 }), get({ status: 404 }));
    expect(await scenario.client.headManifest('team/app', '1.0')).toBeUndefined();
  });

  it('needs no digest from the registry where it was asked for by digest', async () => {
    await using scenario = await scriptedClient({ method: 'HEAD', path: BY_DIGEST, response: answer() });
    expect(await scenario.client.headManifest('team/app', DIGEST)).toMatchObject({ digest: DIGEST });
  });

  it('takes another kind of digest for the same manifest only by its bytes', async () => {
    const sha512 = `sha512:${createHash('sha512').update(BYTES).digest('hex')}`;
    await using scenario = await scriptedClient(get(answer({ 'docker-content-digest': sha512 }), 2));
    expect(await scenario.client.getManifest('team/app', '1.0')).toMatchObject({ digest: sha512 });
    expect(await scenario.client.getManifest('team/app', DIGEST)).toMatchObject({ digest: DIGEST });
  });

  it.each([
    ['its own header', answer({ 'docker-content-digest': OTHER }), '1.0'],
    ['the digest that was asked for', answer(), OTHER],
  ])('refuses bytes that do not match %s', async (_title, response, name) => {
    await using scenario = await scriptedClient(get(response));
    await expect(scenario.client.getManifest('team/app', name)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
      registry: scenario.registry.host,
      reference: expect.stringContaining(`${scenario.registry.host}/team/app`),
    });
  });

  it('refuses a HEAD by digest that is answered with another digest', async () => {
    await using scenario = await scriptedClient(head(answer({ 'docker-content-digest': OTHER })));
    await expect(scenario.client.headManifest('team/app', DIGEST)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
  });

  it.each([
    ['announced', async () => answer({}, Buffer.alloc(9 * 1024 * 1024))],
    ['streamed', async () => answer({}, endless())],
  ])('refuses a manifest of too many bytes, %s', async (_title, response) => {
    await using scenario = await scriptedClient({ ...get(response) });
    await expect(scenario.client.getManifest('team/app', '1.0')).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      reference: `${scenario.registry.host}/team/app:1.0`,
    });
  });

  it('gets a manifest again whose answer was cut, and gives up after three', async () => {
    const cut = { ...answer(), cutAfterBytes: 10 };
    await using scenario = await scriptedClient(
      { ...get(cut, 2), path: BY_TAG },
      { ...get(answer()), path: BY_TAG },
      { ...get(cut, 3), path: '/v2/team/app/manifests/2.0' },
    );
    expect(await scenario.client.getManifest('team/app', '1.0')).toMatchObject({ digest: DIGEST });
    await expect(scenario.client.getManifest('team/app', '2.0')).rejects.toMatchObject({
      code: 'STREAM_TRUNCATED',
      reference: `${scenario.registry.host}/team/app:2.0`,
    });
  });

  it('recognises a web page, by HEAD and by GET', async () => {
    const page = {
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: '<html>log in</html>',
    };
    await using scenario = await scriptedClient(head(page), get(page));
    const expected = { code: 'RESPONSE_INVALID', hint: expect.stringContaining('login page') };
    await expect(scenario.client.headManifest('team/app', '1.0')).rejects.toMatchObject(expected);
    await expect(scenario.client.getManifest('team/app', '1.0')).rejects.toMatchObject(expected);
  });

  it('leaves a media type that nobody knows as it is', async () => {
    const mediaType = 'application/vnd.example.unheard-of.v7+json';
    const response = answer({
      'content-type': `${mediaType}; charset=utf-8`,
      'docker-content-digest': DIGEST,
    });
    await using scenario = await scriptedClient(
      head(response),
      get(response),
      {
        method: 'PUT',
        path: BY_TAG,
        headers: { 'content-type': mediaType },
        response: { status: 415 },
      },
      head({ status: 404 }),
    );
    expect(await scenario.client.headManifest('team/app', '1.0')).toMatchObject({ mediaType });
    const manifest = await scenario.client.getManifest('team/app', '1.0');
    expect(manifest).toMatchObject({ mediaType, digest: DIGEST });
    await expect(scenario.client.putManifest('team/app', '1.0', manifest)).rejects.toMatchObject({
      code: 'MEDIA_TYPE_UNSUPPORTED',
      reference: `${scenario.registry.host}/team/app:1.0`,
    });
  });

  it('says that a manifest is there in no form that it asks for', async () => {
    await using scenario = await scriptedClient(get({ status: 406 }));
    await expect(scenario.client.getManifest('team/app', '1.0')).rejects.toMatchObject({
      code: 'MEDIA_TYPE_UNSUPPORTED',
    });
  });

  it('goes by the status where the body of an error is half a JSON text', async () => {
    const headers = { 'content-type': 'application/json' };
    const half = (status: number) => ({ status, headers, body: '{"errors":[{"code":"MANIFEST_UNK' });
    await using scenario = await scriptedClient({ ...get(half(404)), path: BY_TAG }, get(half(400)));
    await expect(scenario.client.getManifest('team/app', '1.0')).rejects.toMatchObject({
      code: 'MANIFEST_UNKNOWN',
    });
    await expect(scenario.client.getManifest('team/app', '2.0')).rejects.toMatchObject({
      code: 'REQUEST_REFUSED',
      message: expect.stringContaining('{"errors":[{"code":"MANIFEST_UNK'),
    });
  });

  it('asks for access, or whether it is there, where a 403 may mean either', async () => {
    const unknown = { status: 403, body: { errors: [{ code: 'NAME_UNKNOWN', message: 'no such' }] } };
    await using scenario = await scriptedClient(get(unknown));
    await expect(scenario.client.getManifest('team/app', '1.0')).rejects.toMatchObject({
      code: 'DENIED',
      hint: expect.stringContaining('does the repository exist'),
      message: expect.stringContaining('NAME_UNKNOWN'),
    });
  });

  it('tells a refusal from an absence', async () => {
    const denied = { status: 403, body: { errors: [{ code: 'DENIED', message: 'no' }] } };
    await using scenario = await scriptedClient(head({ status: 403 }), get(denied, 2));
    await expect(scenario.client.headManifest('team/app', '1.0')).rejects.toMatchObject({ code: 'DENIED' });
    await expect(scenario.client.getManifest('team/app', '1.0')).rejects.toMatchObject({
      code: 'DENIED',
      httpStatus: 403,
    });
  });

  it('puts the bytes verbatim with their media type, again after a failure', async () => {
    const headers = { 'content-type': MEDIA_TYPE, 'content-length': String(BYTES.byteLength) };
    const put = { method: 'PUT', path: BY_TAG, headers } as const;
    const taken: Uint8Array[] = [];
    await using scenario = await scriptedClient(
      { ...put, response: { status: 503 } },
      {
        ...put,
        response: ({ body }) => {
          taken.push(body);
          return { status: 201 };
        },
      },
    );
    await scenario.client.putManifest('team/app', '1.0', MANIFEST);
    expect(Buffer.concat(taken).equals(BYTES)).toBe(true);
  });

  it.each([
    ['the digest of the bytes', { 'docker-content-digest': DIGEST }, DIGEST],
    ['another digest, having converted it', { 'docker-content-digest': ` ${OTHER}` }, OTHER],
    ['no digest', {}, DIGEST],
    ['what is no digest', { 'docker-content-digest': 'latest' }, DIGEST],
  ])(
    'tells under which digest a manifest is stored by a registry that says %s',
    async (_title, headers, digest) => {
      await using scenario = await scriptedClient({
        method: 'PUT',
        path: BY_TAG,
        response: { status: 201, headers },
      });
      expect(await scenario.client.putManifest('team/app', '1.0', MANIFEST)).toBe(digest);
    },
  );

  it('waits for a manifest to be stored as long as commits may take', async () => {
    const never = Promise.withResolvers<never>();
    await using registry = await scriptedRegistry([
      { method: 'PUT', path: BY_TAG, times: 2, response: () => never.promise },
    ]);
    await using scenario = testRegistries({ timeouts: { headersMs: 3_600_000, commitMs: 200 } });
    const put = scenario.connect(registry).putManifest('team/app', '1.0', MANIFEST);
    await expect(put).rejects.toMatchObject({ code: 'TIMED_OUT' });
    never.reject(new Error('the test is over'));
  });

  it('says which blob is missing when a manifest is refused for it', async () => {
    const refusal = {
      status: 400,
      body: { errors: [{ code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob sha256:1' }] },
    };
    await using scenario = await scriptedClient({ method: 'PUT', path: BY_TAG, response: refusal });
    await expect(scenario.client.putManifest('team/app', '1.0', MANIFEST)).rejects.toMatchObject({
      code: 'BLOB_UNKNOWN',
    });
  });
});

async function* endless(): AsyncIterable<Uint8Array> {
  for (;;) yield Buffer.alloc(1024 * 1024);
}

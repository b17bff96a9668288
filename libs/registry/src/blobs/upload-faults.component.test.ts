import { randomBytes } from 'node:crypto';
import { type Exchange, eventually, scriptedRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';
import { blobOf, readerOf, streamOf } from './blob.fixture.ts';
import { BLOB, CONTENT, givenUp, put, START, start, UPLOAD, uploadScript } from './upload.fixture.ts';

const MIB = 1024 * 1024;

const status = (response: Exchange['response'], times = 1): Exchange => ({
  method: 'GET',
  path: UPLOAD,
  times,
  response,
});

const look = (response: Exchange['response']): Exchange => ({
  method: 'HEAD',
  path: `/v2/team/app/blobs/${BLOB.digest}`,
  response,
});

/** That something is not there may be hidden from strangers: the base says that it is not. */
const base: Exchange = { method: 'GET', path: '/v2/', times: 'any', response: { status: 404 } };

describe('registry/blobs/uploads when something goes wrong', () => {
  it('begins anew when the registry has forgotten the upload', async () => {
    const forgotten = { status: 404, body: { errors: [{ code: 'BLOB_UPLOAD_UNKNOWN', message: 'gone' }] } };
    await using scenario = await uploadScript(
      start(UPLOAD, 2),
      put(forgotten),
      status(forgotten),
      put({ status: 201 }),
    );
    await scenario.upload();
  });

  it('continues where the registry says that it is, and reads the source again for it', async () => {
    const taken: Uint8Array[] = [];
    await using scenario = await uploadScript(
      start(),
      put({ status: 502 }),
      status({ status: 204, headers: { range: '0-99999', location: `${UPLOAD}?state=2` } }),
      {
        method: 'PUT',
        path: `${UPLOAD}?state=2&digest=${encodeURIComponent(BLOB.digest)}`,
        headers: { 'content-range': '100000-199999', 'content-length': '100000' },
        response: ({ body }) => {
          taken.push(body);
          return { status: 201 };
        },
      },
    );
    await scenario.upload();
    expect(Buffer.concat(taken).equals(CONTENT.subarray(100_000))).toBe(true);
  });

  it.each([
    ['answers', { status: 413 }],
    ['cuts', { status: 413, cutAfterBytes: 0, headers: { 'content-length': '9' }, body: 'x' }],
  ])(
    'finds out about a body limit whose gateway %s before it has read the body',
    async (_title, response) => {
      const content = randomBytes(20 * MIB);
      const portions: number[] = [];
      const portion: Exchange['response'] = ({ body }) => {
        portions.push(body.byteLength);
        return { status: 202 };
      };
      await using registry = await scriptedRegistry([
        { ...start(), times: 'any' },
        { ...status({ status: 404 }), times: 'any' },
        { ...put({ status: 201 }), headers: { 'content-length': '0' } },
        givenUp,
        { ...put(response), times: 'any', readsBody: false },
        { method: 'PATCH', path: UPLOAD, times: 2, response: portion },
      ]);
      await using scenario = testRegistries();
      const client = scenario.connect(registry);
      await client.uploadBlob('team/app', blobOf(content), async () => streamOf(content));
      expect(portions).toEqual([16 * MIB, 4 * MIB]);
    },
  );

  it('authenticates anew when a token runs out on the way, once', async () => {
    const refusal = { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
    const authorization = `Basic ${Buffer.from('robot:hunter2').toString('base64')}`;
    await using scenario = await uploadScript(
      start(UPLOAD, 2),
      { ...put(refusal), headers: { authorization: undefined } },
      { ...status({ status: 404 }), headers: { authorization } },
      { ...put({ status: 201 }), headers: { authorization } },
    );
    await scenario.upload();
  });

  it('continues with another token where the first expires in the middle of a blob', async () => {
    let issued = 0;
    const token = () => {
      issued += 1;
      return { status: 200, body: { token: `t${issued}`, expires_in: 300 } };
    };
    await using tokens = await scriptedRegistry([
      { method: 'GET', path: '/token', times: 2, response: token },
    ]);
    const challenge = (error: string): Exchange['response'] => ({
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="${tokens.url}/token",service="test"${error}` },
    });
    const [anonymous, expired, valid] = [undefined, 'Bearer t1', 'Bearer t2'].map((authorization) => ({
      headers: { authorization },
    }));
    const taken: Uint8Array[] = [];
    await using scenario = await uploadScript(
      { ...start(), ...anonymous, response: challenge('') },
      { ...start(), ...expired },
      { ...put(challenge(',error="invalid_token"')), ...expired },
      { ...status({ status: 204, headers: { range: '0-99999', location: `${UPLOAD}?state=2` } }), ...valid },
      {
        method: 'PUT',
        path: `${UPLOAD}?state=2&digest=${encodeURIComponent(BLOB.digest)}`,
        headers: { ...valid?.headers, 'content-range': '100000-199999' },
        response: ({ body }) => {
          taken.push(body);
          return { status: 201 };
        },
      },
    );
    await scenario.upload();
    expect(Buffer.concat(taken).equals(CONTENT.subarray(100_000))).toBe(true);
  });

  it.each([
    ['a full disk', { status: 507 }, 1, 'STORAGE_FULL'],
    ['a full disk behind a 500', { status: 500, body: 'write: no space left on device' }, 1, 'STORAGE_FULL'],
    ['a refusal', { status: 403 }, 1, 'DENIED'],
  ])('reports %s', async (_title, response, times, code) => {
    await using scenario = await uploadScript(
      start(UPLOAD, times),
      { ...put(response, times) },
      status({ status: 204, headers: { range: '0-0' } }, times - 1),
      { ...look({ status: 404 }), times: 'any' },
      base,
    );
    await expect(scenario.upload()).rejects.toMatchObject({
      code,
      registry: scenario.registry.host,
      reference: `${scenario.registry.host}/team/app@${BLOB.digest}`,
    });
  });

  it.each<[string, Exchange[]]>([
    [
      'the opening of its upload',
      [{ ...start(), response: { status: 409, body: 'a blob like that exists' } }],
    ],
    ['its content by 400', [start(), put({ status: 400, body: '{"errors":[{"code":"BLOB_EXISTS"}]}' })]],
    ['its content by 403', [start(), put({ status: 403, body: '{"message":"redeploy is not allowed"}' })]],
    ['its content by 405', [start(), put({ status: 405 })]],
  ])('is done where a registry that has the blob refuses %s', async (_title, exchanges) => {
    await using scenario = await uploadScript(...exchanges, look({ status: 200 }));
    await scenario.upload();
  });

  it('reports a digest that comes out wrong in whatever form the content is sent', async () => {
    const wrong = { status: 400, body: { errors: [{ code: 'DIGEST_INVALID' }] } };
    await using scenario = await uploadScript(
      start(UPLOAD, 2),
      put(wrong, 2),
      { method: 'PATCH', path: UPLOAD, response: { status: 202 } },
      look({ status: 404 }),
      base,
    );
    await expect(scenario.upload()).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('says that no portion is small enough', async () => {
    const tooLarge = { status: 413 };
    await using scenario = await uploadScript(start(UPLOAD, 2), put(tooLarge), {
      method: 'PATCH',
      path: UPLOAD,
      response: tooLarge,
    });
    await expect(scenario.upload()).rejects.toMatchObject({
      code: 'UPLOAD_TOO_LARGE',
      hint: expect.stringContaining('nginx'),
    });
  });

  it.each([
    ['a whole blob', 1000, ['POST', 'PUT']],
    ['a portion', 2 * MIB, ['POST', 'PUT', 'POST', 'PATCH']],
    ['the end of an upload in portions', 2 * MIB, ['POST', 'PUT', 'POST', 'PATCH', 'PATCH', 'PUT']],
  ])('waits for %s to be stored as long as commits may take', async (_title, size, expected) => {
    const content = randomBytes(size);
    const never = Promise.withResolvers<never>();
    const asked: string[] = [];
    const answer: Exchange['response'] = ({ method, headers }) => {
      asked.push(method);
      if (asked.length === expected.length) return never.promise;
      if (method === 'PUT' && headers['content-length'] !== '0') return { status: 413 };
      return { status: 202, headers: { location: UPLOAD } };
    };
    await using registry = await scriptedRegistry([
      { method: 'POST', path: START, times: 'any', response: answer },
      { method: 'PATCH', path: UPLOAD, times: 'any', response: answer },
      { method: 'PUT', path: UPLOAD, times: 'any', response: answer },
      givenUp,
      { method: 'GET', path: UPLOAD, times: 'any', response: { status: 404 } },
    ]);
    await using scenario = testRegistries({ timeouts: { headersMs: 3_600_000, commitMs: 200 } });
    const client = scenario.connect(registry);
    const abort = new AbortController();
    const upload = client.uploadBlob('team/app', blobOf(content), async () => streamOf(content), {
      signal: abort.signal,
    });
    const ended = expect(upload).rejects.toThrow('the test is over');
    await eventually(() => scenario.requests().includes(`${expected.at(-1)} error`), {
      what: 'the silence is noticed',
    });
    expect(asked.slice(0, expected.length)).toEqual(expected);
    abort.abort(new Error('the test is over'));
    never.reject(new Error('the test is over'));
    await ended;
  });

  it('ends with the reason of an abort, in the middle of a blob', async () => {
    await using scenario = testRegistries();
    await using registry = await scriptedRegistry([
      start(),
      { ...put({ status: 201 }), times: 'any' },
      givenUp,
    ]);
    const abort = new AbortController();
    async function* endless(): AsyncIterable<Buffer> {
      for (;;) yield Buffer.alloc(65_536);
    }
    const upload = scenario
      .connect(registry)
      .uploadBlob('team/app', { ...BLOB, sizeBytes: 1e12 }, async () => readerOf(endless()), {
        signal: abort.signal,
        onBytes: () => abort.abort(new Error('shutting down')),
      });
    await expect(upload).rejects.toThrow('shutting down');
  });
});

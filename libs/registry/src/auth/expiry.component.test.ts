import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Exchange,
  makeImage,
  scriptedRegistry,
  type TemporaryFolder,
  temporaryFolder,
} from '@regfleet/harness';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blobOf, streamOf } from '../blobs/blob.fixture.ts';
import { testRegistries } from '../registries.fixture.ts';

const IMAGE = makeImage({ layers: ['one'] });
const MANIFEST = '/v2/team/app/manifests/1.0';
const UPLOADS = '/v2/team/app/blobs/uploads/';
const CHALLENGE = { status: 401, headers: { 'www-authenticate': 'Basic realm="ecr"' } };
// As ECR words it, with a 403 and without a challenge.
const EXPIRED = {
  status: 403,
  body: {
    errors: [
      { code: 'DENIED', message: 'Your authorization token has expired. Reauthenticate and try again.' },
    ],
  },
};
const FOUND = { status: 200, headers: { 'content-type': IMAGE.mediaType }, body: IMAGE.bytes };

const basic = (password: string): string => `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`;
const asked = (password: string | undefined) => ({
  headers: { authorization: password === undefined ? undefined : basic(password) },
});

let folder: TemporaryFolder;
let passwordFile: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  passwordFile = join(folder.path, 'password');
  await rotate('old');
});
afterEach(() => folder.stop());

const rotate = (password: string): Promise<void> => writeFile(passwordFile, password);

/** A client whose password is in a file, which `exchanges` may rotate. */
async function open(...exchanges: Exchange[]) {
  const registry = await scriptedRegistry(exchanges);
  const scenario = testRegistries();
  const auth = { kind: 'password-file', username: 'AWS', passwordFile } as const;
  return {
    host: registry.host,
    client: scenario.connect(registry, { auth }),
    async [Symbol.asyncDispose]() {
      await scenario[Symbol.asyncDispose]();
      await registry.stop();
    },
  };
}

const rotating =
  (password: string, answer: typeof EXPIRED): Exchange['response'] =>
  async () => {
    await rotate(password);
    return answer;
  };

describe('registry/auth when a token expires', () => {
  it('logs in anew where a registry tells it by 403', async () => {
    await using scenario = await open(
      { method: 'GET', path: MANIFEST, ...asked(undefined), response: CHALLENGE },
      { method: 'GET', path: MANIFEST, ...asked('old'), response: FOUND },
      { method: 'GET', path: MANIFEST, ...asked('old'), response: rotating('new', EXPIRED) },
      { method: 'GET', path: MANIFEST, ...asked('new'), response: FOUND },
    );
    await scenario.client.getManifest('team/app', '1.0');
    expect(await scenario.client.getManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
  });

  it('logs in anew where the answer has no text to tell it', async () => {
    const head = { method: 'HEAD', path: MANIFEST };
    const found = { status: 200, headers: { 'docker-content-digest': IMAGE.digest } };
    await using scenario = await open(
      { ...head, ...asked(undefined), response: CHALLENGE },
      { ...head, ...asked('old'), response: found },
      { ...head, ...asked('old'), response: rotating('new', EXPIRED) },
      { ...head, ...asked('new'), response: found },
      { ...head, ...asked('new'), response: { status: 403 } },
      { ...head, method: 'GET', ...asked('new'), response: { status: 403 } },
    );
    await scenario.client.headManifest('team/app', '1.0');
    expect(await scenario.client.headManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
    await expect(scenario.client.headManifest('team/app', '1.0')).rejects.toMatchObject({ code: 'DENIED' });
  });

  it('goes on with an upload in whose middle it is told so', async () => {
    const content = randomBytes(200_000);
    const uploaded: number[] = [];
    await using scenario = await open(
      { method: 'POST', path: UPLOADS, ...asked(undefined), response: CHALLENGE },
      {
        method: 'POST',
        path: UPLOADS,
        ...asked('old'),
        response: { status: 202, headers: { location: `${UPLOADS}1` } },
      },
      { method: 'PUT', path: `${UPLOADS}1`, ...asked('old'), response: rotating('new', EXPIRED) },
      {
        method: 'GET',
        path: `${UPLOADS}1`,
        ...asked('new'),
        response: { status: 204, headers: { location: `${UPLOADS}1`, range: '0-99999' } },
      },
      {
        method: 'PUT',
        path: `${UPLOADS}1`,
        ...asked('new'),
        response: ({ body }) => {
          uploaded.push(body.byteLength);
          return { status: 201 };
        },
      },
    );
    await scenario.client.uploadBlob('team/app', blobOf(content), async () => streamOf(content));
    expect(uploaded).toEqual([100_000]);
  });

  it.each([
    ['where it stays the same', EXPIRED, 'UNAUTHORIZED'],
    [
      'for another reason',
      { status: 403, body: { errors: [{ code: 'DENIED', message: 'not yours' }] } },
      'DENIED',
    ],
  ])('does not show a refused login again %s, and says whose it is', async (_title, refusal, code) => {
    await using scenario = await open(
      { method: 'GET', path: MANIFEST, ...asked(undefined), response: CHALLENGE },
      { method: 'GET', path: MANIFEST, ...asked('old'), response: refusal },
    );
    await expect(scenario.client.getManifest('team/app', '1.0')).rejects.toMatchObject({
      code,
      httpStatus: 403,
      message: expect.stringMatching(/ when asked as AWS by password-file$/),
    });
  });

  it.each([
    ['says nothing of what it wants', {}],
    ['names no token server any more', { 'www-authenticate': 'Bearer error="invalid_token"' }],
  ])('shows another token where a 401 for one that was good %s', async (_title, headers) => {
    let issued = 0;
    const token = () => {
      issued += 1;
      return { status: 200, body: { token: `t${issued}`, expires_in: 300 } };
    };
    const question = (authorization: string | undefined, response: Exchange['response']): Exchange => ({
      method: 'GET',
      path: MANIFEST,
      headers: { authorization },
      response,
    });
    const challenge = { 'www-authenticate': 'Bearer realm="/token",service="test"' };
    await using registry = await scriptedRegistry([
      { method: 'GET', path: '/token', times: 3, response: token },
      question(undefined, { status: 401, headers: challenge }),
      question('Bearer t1', FOUND),
      question('Bearer t1', { status: 401, headers }),
      question('Bearer t2', FOUND),
      question('Bearer t2', { status: 401, headers }),
      question('Bearer t3', { status: 401, headers }),
    ]);
    let nowMs = Date.now();
    await using scenario = testRegistries({ now: () => nowMs });
    const client = scenario.connect(registry);
    // One that is a second old has been good.
    const get = () => {
      nowMs += 1_500;
      return client.getManifest('team/app', '1.0');
    };
    await get();
    await get();
    await expect(get()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });
});

import { makeImage } from '@regfleet/harness';
import { MEDIA_TYPES } from '@regfleet/model';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { readerOf } from './blobs/blob.fixture.ts';
import type { BlobReader } from './contract.ts';
import { arena, type FuzzedAnswer } from './fuzz.fixture.ts';
import { encoding } from './fuzz-encodings.fixture.ts';
import { almostJson, asHeader, hardText, urlText } from './fuzz-texts.fixture.ts';
import { readAll } from './registries.fixture.ts';

const [LAYER] = makeImage({ layers: ['fuzz'] }).layers;
if (LAYER === undefined) throw new Error('the image has a layer');
const BASIC = { 'www-authenticate': 'Basic realm="x"' };

const uploadAnswer = (
  { status = 404, least = '', range = '' }: { status?: number; least?: string; range?: string } = {},
  location = '',
): FuzzedAnswer => ({
  status,
  headers: { location, 'oci-chunk-min-length': asHeader(least), range: asHeader(range) },
});

describe('registry, fuzzed', () => {
  let field: Awaited<ReturnType<typeof arena>>;

  beforeAll(async () => {
    field = await arena();
  });

  afterAll(() => field?.[Symbol.asyncDispose]());

  const check = <Input>(
    input: fc.Arbitrary<Input>,
    attempt: (chosen: Input) => Promise<void>,
  ): Promise<void> => {
    const withEncoding = fc.asyncProperty(input, encoding(), async (chosen, form) => {
      field.encode(form);
      await attempt(chosen);
    });
    return fc.assert(withEncoding, inject('fuzz'));
  };

  const tags = (client: Parameters<Parameters<typeof field.judge>[0]>[0]): Promise<unknown> =>
    Array.fromAsync(client.listTags('app'));

  it('challenges', async () => {
    const { registry, stranger } = field;
    const param = fc
      .tuple(
        fc.constantFrom('realm', 'service', 'scope', 'error', '__proto__', 'REALM'),
        fc.oneof(urlText(registry.host, stranger.host), hardText()),
        fc.constantFrom('"', "'", ''),
      )
      .map(([name, value, quote]) => `${name}=${quote}${value}${quote}`);
    const header = fc
      .tuple(
        fc.constantFrom('Bearer ', 'Basic ', 'Digest ', '', 'bearer\t', 'Bearer,Basic '),
        fc.array(param, { maxLength: 4 }),
      )
      .map(([scheme, params]) => asHeader(scheme + params.join(',')));
    await check(header, async (challenge) => {
      field.answer(() => ({ headers, url = '' }) => {
        if (!url.startsWith('/v2/')) return { status: 200, body: '{"token":"t"}' };
        return headers.authorization === undefined
          ? { status: 401, headers: { 'www-authenticate': challenge } }
          : { status: 200, body: '{"tags":[]}' };
      });
      // The one who is named as token server is shown the login: that is what a challenge is for.
      await field.judge(tags, challenge.includes(stranger.host));
    });
  });

  it('Link headers', async () => {
    const { registry, stranger } = field;
    const link = fc
      .tuple(
        urlText(registry.host, stranger.host),
        fc.constantFrom('; rel="next"', ';rel=next', '; rel="prev next"', '', '; rel='),
        hardText(),
      )
      .map(([target, relation, rest]) => asHeader(`<${target}>${relation}, ${rest}`));
    await check(link, async (header) => {
      field.answer(() => {
        let pages = 0;
        return ({ headers }) => {
          if (headers.authorization === undefined) return { status: 401, headers: BASIC };
          pages += 1;
          const names = JSON.stringify({ tags: [`v${pages}`] });
          return { status: 200, headers: pages > 3 ? {} : { link: header }, body: names };
        };
      });
      await field.judge(tags);
    });
  });

  it('Locations of uploads', async () => {
    const { registry, stranger } = field;
    await check(urlText(registry.host, stranger.host).map(asHeader), async (location) => {
      field.answer(() => ({ headers, method }) => {
        if (headers.authorization === undefined) return { status: 401, headers: BASIC };
        if (method === 'POST') return { status: 202, headers: { location } };
        return { status: method === 'PUT' ? 201 : 404, headers: { location } };
      });
      const content = async (): Promise<BlobReader> => readerOf([Buffer.from(LAYER.bytes())]);
      await field.judge((client) => client.uploadBlob('app', LAYER, content));
    });
  });

  it('Locations of redirects', async () => {
    const { registry, stranger } = field;
    await check(urlText(registry.host, stranger.host).map(asHeader), async (location) => {
      field.answer(() => {
        let answers = 0;
        return ({ headers }) => {
          answers += 1;
          if (headers.authorization === undefined && answers === 1) return { status: 401, headers: BASIC };
          return answers > 5 ? { status: 404 } : { status: 307, headers: { location } };
        };
      });
      await field.judge((client) => client.getManifest('app', 'v1'));
    });
  });

  it('manifests', async () => {
    const input = fc.record({
      body: almostJson([
        'schemaVersion',
        'mediaType',
        'config',
        'layers',
        'manifests',
        'digest',
        'size',
        'platform',
      ]),
      mediaType: fc.oneof(
        fc.constantFrom(...Object.values(MEDIA_TYPES), 'application/json', 'text/html'),
        hardText(),
      ),
      digest: fc.oneof(hardText(), fc.constant(`sha256:${'0'.repeat(64)}`)),
      status: fc.constantFrom(200, 203, 204, 206),
    });
    await check(input, async ({ body, mediaType, digest, status }) => {
      field.answer(() => () => ({
        status,
        headers: { 'content-type': asHeader(mediaType), 'docker-content-digest': asHeader(digest) },
        body,
      }));
      await field.judge((client) => client.getManifest('app', 'v1'));
      await field.judge((client) => client.headManifest('app', 'v1'));
    });
  });

  it('token answers', async () => {
    const { registry } = field;
    const answer = almostJson([
      'token',
      'access_token',
      'expires_in',
      'issued_at',
      'refresh_token',
      'errors',
    ]);
    await check(answer, async (body) => {
      field.answer(() => ({ headers, url = '' }) => {
        if (url.startsWith('/token')) return { status: 200, body };
        if (headers.authorization !== undefined) return { status: 200, body: '{"tags":[]}' };
        const challenge = `Bearer realm="http://${registry.host}/token"`;
        return { status: 401, headers: { 'www-authenticate': challenge } };
      });
      await field.judge(tags);
    });
  });

  it('lists of tags and repositories', async () => {
    const list = almostJson(['tags', 'repositories', 'name', 'errors']);
    await check(list, async (body) => {
      field.answer(() => () => ({ status: 200, body }));
      await field.judge(tags);
      await field.judge((client) => Array.fromAsync(client.listRepositories()));
    });
  });

  it('downloads', async () => {
    const total = LAYER.sizeBytes;
    const ranges = ['', 'bytes 5-', `bytes 0-${total - 1}/${total}`, `bytes 5-${total - 1}/*`, 'bytes */1'];
    const part = fc.record({
      status: fc.constantFrom(200, 206, 403, 404, 416),
      range: fc.oneof(fc.constantFrom(...ranges), hardText()),
      from: fc.nat({ max: total }),
      length: fc.nat({ max: 2 * total }),
    });
    await check(fc.array(part, { minLength: 1, maxLength: 5 }), async (parts) => {
      field.answer(() => {
        let answers = 0;
        return () => {
          const { status, range, from, length } = parts[answers % parts.length] ?? { status: 404 };
          answers += 1;
          const body = Buffer.concat([LAYER.bytes(), LAYER.bytes()]).subarray(
            from,
            (from ?? 0) + (length ?? 0),
          );
          return {
            status: answers > 20 ? 404 : status,
            headers: { 'content-range': asHeader(range ?? '') },
            body,
          };
        };
      });
      await field.judge(async (client) => {
        const { byteLength: bytes } = await readAll(await client.getBlob('app', LAYER));
        if (bytes > total) throw new Error(`${bytes} bytes came of a blob of ${total}`);
      });
    });
  });

  it('answers to uploads', async () => {
    const { registry } = field;
    const answer = fc.record({
      status: fc.constantFrom(200, 201, 202, 204, 307, 308, 400, 403, 404, 405, 409, 413, 415, 416, 422),
      least: fc.oneof(fc.constantFrom('0', '-1', '1e99', '4', '9007199254740993'), hardText()),
      range: fc.oneof(fc.constantFrom('0-0', '0-3', '0-99999999', 'bytes=0-1'), hardText()),
    });
    await check(fc.array(answer, { minLength: 1, maxLength: 6 }), async (answers) => {
      field.answer(() => {
        let count = 0;
        return ({ headers, method }) => {
          if (headers.authorization === undefined) return { status: 401, headers: BASIC };
          count += 1;
          const location = `http://${registry.host}/v2/app/blobs/uploads/${count}`;
          if (method === 'POST' && count === 1) return { status: 202, headers: { location } };
          return uploadAnswer(answers[count % answers.length], location);
        };
      });
      const content = async (): Promise<BlobReader> => readerOf([Buffer.from(LAYER.bytes())]);
      await field.judge((client) => client.uploadBlob('app', LAYER, content));
      await field.judge((client) => client.mountBlob('app', LAYER.digest, 'other'));
    });
  });

  it('greetings of the base', async () => {
    const { registry, stranger } = field;
    const greeting = fc.record({
      status: fc.constantFrom(200, 202, 301, 307, 401, 403, 404),
      scheme: fc.constantFrom('Bearer', 'Basic', 'Negotiate', ''),
      realm: fc.oneof(urlText(registry.host, stranger.host), hardText()),
      hidden: fc.constantFrom(400, 401, 403, 404, 405, 200),
    });
    await check(greeting, async ({ status, scheme, realm, hidden }) => {
      const challenge = asHeader(`${scheme} realm="${realm}"`);
      field.answer(() => ({ headers, url = '' }) => {
        if (headers.authorization !== undefined) return { status: 200, body: '{"tags":[]}' };
        if (url !== '/v2/') return { status: hidden, body: '{"tags":[]}' };
        return { status, headers: { 'www-authenticate': challenge, location: asHeader(realm) } };
      });
      await field.judge(tags, challenge.includes(stranger.host));
    });
  });

  it('error bodies', async () => {
    const input = fc.record({
      body: almostJson(['errors', 'code', 'message', 'detail', 'error', 'error_description', 'details']),
      status: fc.constantFrom(400, 403, 404, 405, 409, 413, 416, 418, 451, 300),
      type: fc.constantFrom('application/json', 'text/html', 'text/plain', ''),
      retryAfter: fc.oneof(hardText(), fc.constantFrom('1e99', '-1', 'Sun, 01 Mar 2026 12:00:30 GMT')),
    });
    await check(input, async ({ body, status, type, retryAfter }) => {
      field.answer(() => () => ({
        status,
        headers: { 'content-type': type, 'retry-after': asHeader(retryAfter) },
        body,
      }));
      await field.judge((client) => client.getManifest('app', 'v1'));
    });
  });
});

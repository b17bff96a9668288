import { randomBytes } from 'node:crypto';
import { scriptedRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';
import { blobOf, streamOf } from './blob.fixture.ts';
import { BLOB, CONTENT, givenUp, put, START, start, UPLOAD, uploadScript } from './upload.fixture.ts';

const MIB = 1024 * 1024;

describe('registry/blobs/uploads to where the registry says', () => {
  it('uploads to another server without credentials', async () => {
    await using store = await scriptedRegistry([
      {
        method: 'PUT',
        path: `/store?sig=1&digest=${encodeURIComponent(BLOB.digest)}`,
        headers: { authorization: undefined, 'content-length': String(CONTENT.byteLength) },
        response: { status: 201 },
      },
    ]);
    await using scenario = await uploadScript(start(`${store.url}/store?sig=1`));
    await scenario.upload();
  });

  it.each([
    ['http://169.254.169.254/latest', 'REDIRECT_REFUSED'],
    ['file:///etc/passwd', 'RESPONSE_INVALID'],
    ['', 'RESPONSE_INVALID'],
  ])('does not upload to %j', async (location, code) => {
    await using scenario = await uploadScript(start(location));
    await expect(scenario.upload()).rejects.toMatchObject({ code });
  });

  it('does not upload without TLS to another server what a registry with TLS is to hold', async () => {
    const location = 'http://store.example.com/store?sig=1';
    await using registry = await scriptedRegistry([start(location)], { tls: true });
    await using scenario = testRegistries();
    const client = scenario.connect(registry, { tls: { skipVerify: true, certsDir: '/does/not/exist' } });
    const upload = client.uploadBlob('team/app', BLOB, async () => streamOf(CONTENT));
    await expect(upload).rejects.toMatchObject({
      code: 'REDIRECT_REFUSED',
      message: expect.stringContaining('to store.example.com without TLS'),
      registry: registry.host,
      reference: `${registry.host}/team/app@${BLOB.digest}`,
    });
  });

  it('nor where a portion’s answer moves the upload there', async () => {
    const moved = { status: 202, headers: { location: 'http://store.example.com/store' } };
    await using registry = await scriptedRegistry(
      [start(UPLOAD, 2), put({ status: 413 }), { method: 'PATCH', path: UPLOAD, response: moved }, givenUp],
      { tls: true },
    );
    await using scenario = testRegistries();
    const client = scenario.connect(registry, { tls: { skipVerify: true, certsDir: '/does/not/exist' } });
    const content = randomBytes(2 * MIB);
    const upload = client.uploadBlob('team/app', blobOf(content), async () => streamOf(content));
    await expect(upload).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' });
  });

  it('stays on TLS where a registry behind a proxy takes itself for plain HTTP', async () => {
    await using registry = await scriptedRegistry(
      [
        {
          method: 'POST',
          path: START,
          response: ({ headers }) => ({
            status: 202,
            headers: { location: `http://${headers.host}${UPLOAD}` },
          }),
        },
        put({ status: 201 }),
      ],
      { tls: true },
    );
    await using scenario = testRegistries();
    const client = scenario.connect(registry, { tls: { skipVerify: true, certsDir: '/does/not/exist' } });
    await client.uploadBlob('team/app', BLOB, async () => streamOf(CONTENT));
  });
});

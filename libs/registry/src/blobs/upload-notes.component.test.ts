import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { countingProxy, startRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import type { BlobReader, RegistryClient } from '../contract.ts';
import { testRegistries } from '../registries.fixture.ts';
import { blobOf, streamOf } from './blob.fixture.ts';

const USER = { username: 'robot', password: 'p"ass:wörd' };
const CONTENT = randomBytes(1024);
const BLOB = blobOf(CONTENT);

/** A registry with uploads of one process in it that have not ended, and whatever other processes with the same passwords find. */
async function processes({ leaseMs = 30 } = {}) {
  const target = await startRegistry({ htpasswd: USER });
  const folder = join(target.dir, 'docker/registry/v2/repositories/team/app/_uploads');
  const proxy = await countingProxy(target);
  const place = { host: proxy.host, credentials: USER };
  const notes: string[] = [];
  const dropped: string[] = [];
  const kept = Promise.withResolvers<string>();
  const dying = testRegistries({
    uploadNotes: {
      leaseMs,
      keep: (note) => {
        notes.push(note);
        kept.resolve(note);
      },
      drop: (note) => dropped.push(note),
    },
  });
  const other = testRegistries();
  return {
    proxy,
    place,
    notes,
    dropped,
    dying: dying.connect(place),
    other,
    kept: kept.promise,
    /** Uploads that have not ended: of others docker-registry keeps an empty folder. */
    left: async () => (await readdir(folder, { recursive: true })).filter((path) => path.endsWith('/data')),
    async [Symbol.asyncDispose]() {
      await Promise.all([dying[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
      await proxy.stop();
      await target.stop();
    },
  };
}

/** An upload whose source has given nothing yet. @returns what ends it. */
function silentUpload(client: RegistryClient): () => Promise<unknown> {
  const source = Promise.withResolvers<BlobReader>();
  const upload = client.uploadBlob('team/app', BLOB, () => source.promise).catch((error: unknown) => error);
  return () => {
    source.resolve(streamOf(CONTENT));
    return upload;
  };
}

describe('registry/blobs/upload-notes', () => {
  it('let another process with the same account end what one has left, and nobody else', async () => {
    await using site = await processes();
    const end = silentUpload(site.dying);
    const note = await site.kept;
    expect(await site.left()).toHaveLength(1);
    const asked = site.proxy.requests.all.length;

    const stranger = site.other.connect({
      host: site.proxy.host,
      credentials: { ...USER, password: 'other' },
    });
    expect(await stranger.leftUpload(note)).toBeUndefined();
    expect(await site.other.connect({ host: site.proxy.host }).leftUpload(note)).toBeUndefined();
    const found = await site.other.connect(site.place).leftUpload(note);
    expect(site.proxy.requests.all).toHaveLength(asked);

    await found?.end();
    expect(site.proxy.requests.all.slice(asked).map(({ method, kind }) => `${method} ${kind}`)).toContain(
      'DELETE upload',
    );
    expect(await site.left()).toEqual([]);
    await end();
  });

  it('show neither where the upload is nor the password, and are good for nothing once altered', async () => {
    await using site = await processes();
    const end = silentUpload(site.dying);
    const note = await site.kept;
    const id = (await site.left())[0]?.slice(0, -'/data'.length);
    const [place = '', sealed = ''] = note.split(' ');
    expect(place).toBe(`${site.proxy.host}/team/app`);
    for (const text of [note, Buffer.from(sealed, 'base64url').toString('latin1')]) {
      expect(text).not.toContain(id);
      expect(text).not.toContain(USER.password);
    }
    const client = site.other.connect(site.place);
    const bytes = Buffer.from(sealed, 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(await client.leftUpload(`${place} ${altered.toString('base64url')}`)).toBeUndefined();
    }
    for (const other of [
      `${site.proxy.host}/team/other ${sealed}`,
      `elsewhere.test/team/app ${sealed}`,
      `${note} more`,
      place,
      '',
    ]) {
      expect(await client.leftUpload(other)).toBeUndefined();
    }
    await end();
  });

  it('are taken back when the upload has ended', async () => {
    await using site = await processes();
    const end = silentUpload(site.dying);
    const note = await site.kept;
    expect(await end()).toBeUndefined();
    expect(site.dropped).toEqual([note]);
    expect(new Set(site.notes)).toEqual(new Set([note]));
  });

  it('are not made of uploads that end soon', async () => {
    await using site = await processes({ leaseMs: 600_000 });
    await silentUpload(site.dying)();
    expect([...site.notes, ...site.dropped]).toEqual([]);
  });
});

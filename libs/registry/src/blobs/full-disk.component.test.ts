import { randomBytes } from 'node:crypto';
import { runCommand, startRegistry, temporaryFolder } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';
import { blobOf, streamOf } from './blob.fixture.ts';

const MIB = 1024 * 1024;

// An index refers to nothing that the registry would have to hold.
const MEDIA_TYPE = 'application/vnd.oci.image.index.v1+json';
const INDEX = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE, manifests: [] }));

/** A file system of 4 MiB; absent: this machine lets nobody mount one. */
async function smallDisk() {
  const folder = await temporaryFolder();
  const { code } = await runCommand(['mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder.path]).catch(
    () => ({ code: -1 }),
  );
  if (code !== 0) {
    await folder.stop();
    return undefined;
  }
  return {
    path: folder.path,
    async [Symbol.asyncDispose]() {
      await runCommand(['umount', folder.path]);
      await folder.stop();
    },
  };
}

describe('registry/blobs/uploads to a registry whose disk is full', () => {
  it('says so, whichever request it is noticed by', async (context) => {
    await using disk = await smallDisk();
    if (disk === undefined) {
      process.stderr.write('a registry on a full disk (skipped: no tmpfs can be mounted here)\n');
      return context.skip('no tmpfs can be mounted here');
    }
    await using registry = await startRegistry({ dir: disk.path });
    await using scenario = testRegistries();
    const client = scenario.connect(registry);
    const content = randomBytes(6 * MIB);
    const full = { code: 'STORAGE_FULL', registry: registry.host, httpStatus: 500 };
    const upload = () => client.uploadBlob('team/app', blobOf(content), async () => streamOf(content));
    await expect(upload()).rejects.toMatchObject(full);
    await expect(upload()).rejects.toMatchObject(full);
    expect(scenario.requests().at(-1)).toBe('POST 500');
    const { digest } = blobOf(INDEX);
    const put = client.putManifest('team/app', '1.0', { mediaType: MEDIA_TYPE, digest, bytes: INDEX });
    await expect(put).rejects.toMatchObject(full);
  });
});

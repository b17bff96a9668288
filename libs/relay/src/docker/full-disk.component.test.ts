import {
  listTags,
  pushImage,
  runCommand,
  runToSuccess,
  startDockerd,
  startRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { openRelay } from '../index.ts';
import { RelayUnderTest } from '../relay.fixture.ts';

const DISK_BYTES = 48 * 1024 * 1024;

const mayMount = process.getuid?.() === 0 && (await tryMount());
const title = mayMount
  ? 'relay/docker/full-disk'
  : 'relay/docker/full-disk (skipped: it mounts a small disk, which is not allowed here)';

describe.skipIf(!mayMount)(title, () => {
  it("tells the daemon's full disk from that of the source, and copies what fits afterwards", async () => {
    await using disk = await smallDisk();
    await using dockerd = await startDockerd({ dataFolder: disk?.path });
    await using source = await startRegistry();
    await using target = await startRegistry();
    await pushImage(source, 'big', 'v1', { layers: [{ sizeBytes: DISK_BYTES, seed: 'too much' }] });
    await pushImage(source, 'small', 'v1', { layers: ['fits'] });
    await using relay = new RelayUnderTest(
      await openRelay(
        'docker',
        { docker: { host: dockerd.host, keepImages: false } },
        { logger: silentLogger },
      ),
    );
    expect(await relay.fail([source, 'big:v1'], [target, 'big:v1'])).toMatchObject({
      code: 'STORAGE_FULL',
      kind: 'retryable',
      message: expect.stringContaining("daemon's own disk is full"),
      hint: expect.stringContaining('docker system df'),
      side: undefined,
    });
    await relay.copy([source, 'small:v1'], [target, 'small:v1']);
    expect(await listTags(target, 'small')).toEqual(['v1']);
  });
});

/** Absent: this process may not mount. */
async function smallDisk(): Promise<(AsyncDisposable & { readonly path: string }) | undefined> {
  const folder = await temporaryFolder();
  const mount = ['mount', '-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder.path];
  if ((await runCommand(mount)).code !== 0) {
    await folder.stop();
    return undefined;
  }
  return {
    path: folder.path,
    async [Symbol.asyncDispose]() {
      await runToSuccess(['umount', folder.path]);
      await folder.stop();
    },
  };
}

async function tryMount(): Promise<boolean> {
  await using disk = await smallDisk();
  return disk !== undefined;
}

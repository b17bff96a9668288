import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { runToSuccess, temporaryFolder } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { createCredentialSource } from './index.ts';
import { depsOf, locationOf } from './scenario.contract.ts';
import { WatchedFile } from './watched-file.ts';

/** A file from which nothing comes, as from a server that is gone, until it is disposed of. */
async function hangingFile() {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'config.json');
  await runToSuccess(['mkfifo', path]);
  return {
    path,
    async [Symbol.asyncDispose]() {
      // Whoever waits to read gets an end, and whoever has yet to open it finds none: else its thread would stay.
      const writer = await open(path, 'r+');
      await folder.stop();
      await writer.close();
    },
  };
}

describe('registry/credentials, a file that cannot be read to its end', () => {
  it('is given up, and named', async () => {
    await using file = await hangingFile();
    const watched = new WatchedFile(file.path, (text) => text, 100);
    const reads = [watched.read(), watched.read()];
    for (const read of reads) {
      await expect(read).rejects.toMatchObject({
        code: 'TIMED_OUT',
        message: `the file ${file.path} gave no answer within 0.1 s`,
      });
    }
  });

  it('holds nobody who is told to stop', async () => {
    await using file = await hangingFile();
    const deps = depsOf({ env: { REGISTRY_AUTH_FILE: file.path } });
    const source = createCredentialSource(locationOf('registry.test'), deps);
    const abort = new AbortController();
    const asked = source.get({ signal: abort.signal });
    abort.abort(new Error('shutting down'));
    await expect(asked).rejects.toThrow('shutting down');
    await deps.clouds.close();
  });
});

import { closeSync, openSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { runToSuccess, temporaryFolder } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { TrustStore } from '../http/trust-store.ts';
import { createCredentialSource } from './index.ts';
import { depsOf, locationOf } from './scenario.contract.ts';
import { WatchedFile } from './watched-file.ts';

/** A file from which nothing comes, as from a server that is gone, until it is disposed of. */
async function hangingFile(name = 'config.json') {
  const folder = await temporaryFolder();
  const path = join(folder.path, name);
  await runToSuccess(['mkfifo', path]);
  return {
    path,
    async [Symbol.asyncDispose]() {
      // Whoever waits to read gets an end, and whoever has yet to open it finds none: else its thread would stay.
      const writer = openSync(path, 'r+');
      rmSync(path);
      closeSync(writer);
      await folder.stop();
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

  it('is given up and named also where it is a certificate', async () => {
    await using file = await hangingFile('ca.crt');
    const store = new TrustStore(silentLogger, Date.now, 100);
    const [certsDir, host] = [dirname(dirname(file.path)), basename(dirname(file.path))];
    const asked = [1, 2].map(() => store.of(certsDir, [host], 'unverified'));
    for (const trust of asked) {
      await expect(trust).rejects.toMatchObject({
        code: 'TIMED_OUT',
        message: `the certificates in ${dirname(file.path)} gave no answer within 0.1 s`,
      });
    }
  });

  it('holds one thread of the process, however many registries have their logins in it', async () => {
    await using file = await hangingFile();
    const password = `${file.path}.password`;
    await writeFile(password, 'secret');
    const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
    const givenUp = Array.from({ length: threads }, () =>
      expect(new WatchedFile(file.path, (text) => text, 100).read()).rejects.toMatchObject({
        code: 'TIMED_OUT',
      }),
    );
    await expect(new WatchedFile(password, (text) => text, 3_000).read()).resolves.toBe('secret');
    await Promise.all(givenUp);
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

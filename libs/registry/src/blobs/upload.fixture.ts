import { randomBytes } from 'node:crypto';
import { type Exchange, type ScriptedRegistry, scriptedRegistry } from '@regfleet/harness';
import { testRegistries } from '../registries.fixture.ts';
import { blobOf, streamOf } from './blob.fixture.ts';

export const CONTENT = randomBytes(200_000);
export const BLOB = blobOf(CONTENT);
export const START = '/v2/team/app/blobs/uploads/';
export const UPLOAD = `${START}1`;

/** The opening of an upload. */
export const start = (location = UPLOAD, times = 1): Exchange => ({
  method: 'POST',
  path: START,
  times,
  response: { status: 202, headers: { location } },
});

/** The content, or the end, of an upload. */
export const put = (response: Exchange['response'], times = 1): Exchange => ({
  method: 'PUT',
  path: UPLOAD,
  times,
  response,
});

/** That an upload is given up, which says nothing of how it came to that. */
export const givenUp: Exchange = { method: 'DELETE', path: UPLOAD, times: 'any', response: { status: 204 } };

interface UploadScript extends AsyncDisposable {
  readonly registry: ScriptedRegistry;
  upload(): Promise<void>;
}

/** A registry that expects these requests, and the upload that is to cause them. */
export async function uploadScript(...exchanges: Exchange[]): Promise<UploadScript> {
  const registry = await scriptedRegistry([...exchanges, givenUp]);
  const scenario = testRegistries();
  const client = scenario.connect({
    host: registry.host,
    credentials: { username: 'robot', password: 'hunter2' },
  });
  return {
    registry,
    upload: () => client.uploadBlob('team/app', BLOB, async () => streamOf(CONTENT)),
    async [Symbol.asyncDispose]() {
      await scenario[Symbol.asyncDispose]();
      await registry.stop();
    },
  };
}

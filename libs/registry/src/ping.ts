import type { RequestOptions } from './contract.ts';
import type { Session } from './session/session.ts';

const MAX_ANSWER_BYTES = 64 * 1024;

/** @throws {SyncError} when no registry answers, or not with these credentials. */
export async function ping(session: Session, { signal }: RequestOptions = {}): Promise<void> {
  await session.read(
    {
      method: 'GET',
      path: '/v2/',
      scopes: [],
      subject: 'registry',
      action: 'log in to',
      reference: session.registry,
      expects: [200],
      signal,
    },
    MAX_ANSWER_BYTES,
  );
}

import { parseJson, SyncError } from '@regfleet/model';
import type { z } from 'zod';
import { type ResponseContext, responseError } from '../errors/response-error.ts';
import type { Session } from '../session/session.ts';

const MAX_PAGE_BYTES = 16 * 1024 * 1024;

export interface WebQuestion<T> {
  /** From the root of the registry's own host, with its query. */
  readonly path: string;
  /** Shown as it is; absent: nothing is. */
  readonly authorization: string | undefined;
  readonly schema: z.ZodType<T>;
  /** The repository that is asked about. */
  readonly repository: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * The answer of an API that a registry has on its own host beside that of the distribution, by the same connections and limits.
 *
 * @throws {SyncError} by the status; `RESPONSE_INVALID` for anything but what `schema` says.
 */
export async function askWebApi<T>(
  { endpoint, registry }: Session,
  { path, authorization, schema, repository, signal }: WebQuestion<T>,
): Promise<T> {
  const { now } = endpoint.transport.settings;
  const reference = `${registry}/${repository}`;
  const answer = await endpoint.send(path, {
    method: 'GET',
    headers: { accept: 'application/json' },
    authorization,
    signal,
    isRepeatable: true,
  });
  const text = (await answer.bytes(MAX_PAGE_BYTES)).toString('utf8');
  const { status, headers, proxy } = answer;
  if (status !== 200) {
    const context: ResponseContext = {
      registry,
      reference,
      subject: 'repository',
      action: `list the digests of ${reference}`,
      account: undefined,
    };
    throw responseError({ status, headers, text, proxy }, context, now());
  }
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new SyncError('RESPONSE_INVALID', {
    message: `cannot list the digests of ${reference}: ${registry} does not answer as its API is known to`,
    reference,
    registry,
    httpStatus: status,
  });
}

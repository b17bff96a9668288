import type { ECRClient } from '@aws-sdk/client-ecr';
import type { Dispatcher } from 'undici';
import { ProxiedDispatchers } from '../../http/proxied-dispatchers.ts';
import type { Environment } from '../../http/proxy.ts';

type Handler = ECRClient['config']['requestHandler'];
type Request = Parameters<Handler['handle']>[0];

/** Sends the requests of AWS clients by the proxies of the environment, of which the SDK knows nothing. */
export function awsRequestHandler(env: Environment): Handler {
  const dispatchers = new ProxiedDispatchers(env);
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request, options) {
      const abortSignal = options && 'abortSignal' in options ? options.abortSignal : undefined;
      const url = urlOf(request);
      try {
        const answer = await dispatchers.request(url, {
          method: request.method,
          headers: request.headers,
          body: request.body ?? null,
          signal: abortSignal instanceof AbortSignal ? abortSignal : null,
        });
        const { statusCode, headers, body } = answer;
        return { response: { statusCode, headers: joined(headers), body } };
      } catch (error) {
        throw namedAsAws(error);
      }
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: () => {
      dispatchers.close().catch(() => undefined);
    },
  };
}

function urlOf({ protocol, hostname, port, path, query = {} }: Request): URL {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) url.searchParams.append(name, each ?? '');
  }
  return url;
}

const joined = (headers: Dispatcher.ResponseData['headers']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );

/** The SDK repeats what it knows by name to have timed out. */
function namedAsAws(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!/^UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT$/.test(code)) return error;
  const timeout = new Error(`no answer in time (${code})`, { cause: error });
  timeout.name = 'TimeoutError';
  return timeout;
}

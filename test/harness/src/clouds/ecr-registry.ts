import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { ECR_REGION } from '../registry/certificate-authority.ts';
import type { TestRegistry } from '../registry/test-registry.ts';
import { resource } from '../resource.ts';
import { type HttpServer, startHttpServer } from '../servers/http-server.ts';
import type { AwsServer } from './aws-server.ts';

export interface EcrRegistryOptions {
  /** Whose tokens are taken, and whose repositories exist. */
  readonly aws: AwsServer;
  readonly account: string;
  /** Where the images live: plain HTTP, without a login. */
  readonly images: Pick<TestRegistry, 'url'>;
  /** How long each answer takes at least; default 0. */
  readonly latencyMs?: number;
  /** How fast bodies are taken; absent: as they come. */
  readonly uploadBytesPerSecond?: number;
}

export interface EcrRegistry extends HttpServer {
  /** As references name it. It is reached by a `startConnectProxy`, and trusted by the harness's authority. */
  readonly registry: string;
  /** Logins that were refused: `expired`, or `unknown`. */
  readonly refusals: readonly string[];
}

/**
 * The registry of a private ECR account: the distribution API by TLS, for whoever shows a token that is still valid.
 *
 * As ECR does: 401 with a `Basic` challenge without a login, 403 with one that has expired, and no upload to a
 * repository that nobody has made.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors-docker.html
 */
export async function startEcrRegistry(options: EcrRegistryOptions): Promise<EcrRegistry> {
  const { account, aws, images, latencyMs = 0 } = options;
  const registry = `${account}.dkr.ecr.${ECR_REGION}.amazonaws.com`;
  const refusals: string[] = [];
  const agent = new Agent({ keepAlive: true });
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const login = loginOf(request, aws, account);
    if (login === 'valid' && isUploadToNowhere(request, aws, account)) {
      await refuse(request, response, { status: 404, code: 'NAME_UNKNOWN' });
      return;
    }
    if (login === 'valid') {
      await pause(latencyMs);
      const url = new URL(request.url ?? '/', images.url);
      await forward(request, response, { url, agent, bytesPerSecond: options.uploadBytesPerSecond });
      return;
    }
    if (login !== 'none') refusals.push(login);
    const challenge = {
      'www-authenticate': `Basic realm="https://${registry}/",service="ecr.amazonaws.com"`,
    };
    await refuse(
      request,
      response,
      login === 'expired' ? { status: 403, code: 'DENIED' } : { status: 401, code: 'UNAUTHORIZED' },
      login === 'expired' ? {} : challenge,
    );
  };
  const server = await startHttpServer(
    (request, response) => {
      handle(request, response).catch(() => response.destroy());
    },
    { tls: true },
  );
  const release = async (): Promise<void> => {
    await server.stop();
    agent.destroy();
  };
  return { ...server, registry, refusals, ...resource(release) };
}

function loginOf(
  { headers }: IncomingMessage,
  aws: AwsServer,
  account: string,
): 'valid' | 'expired' | 'unknown' | 'none' {
  const [, basic] = /^basic (.+)$/i.exec(headers.authorization ?? '') ?? [];
  if (basic === undefined) return 'none';
  const login = Buffer.from(basic, 'base64').toString();
  const token = aws.tokens(account).find(({ password }) => login === `AWS:${password}`);
  if (token === undefined) return 'unknown';
  return Date.now() < token.expiresAtMs ? 'valid' : 'expired';
}

function isUploadToNowhere({ method, url }: IncomingMessage, aws: AwsServer, account: string): boolean {
  const [, repository] = /^\/v2\/(.+)\/blobs\/uploads\//.exec(url ?? '') ?? [];
  return method === 'POST' && repository !== undefined && !aws.repositories(account).has(repository);
}

interface Upstream {
  readonly url: URL;
  readonly agent: Agent;
  readonly bytesPerSecond: number | undefined;
}

const slowed = (bytesPerSecond: number) =>
  async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      await pause((chunk.byteLength / bytesPerSecond) * 1000);
      yield chunk;
    }
  };

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { url, agent, bytesPerSecond = Number.POSITIVE_INFINITY }: Upstream,
): Promise<void> {
  const { authorization: _, ...headers } = request.headers;
  // By these docker-registry makes the locations of uploads.
  const sent = httpRequest(url, {
    method: request.method,
    headers: { ...headers, 'x-forwarded-proto': 'https' },
    agent,
  });
  response.once('close', () => response.writableFinished || sent.destroy());
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  answered.catch(() => undefined);
  await pipeline(request, slowed(bytesPerSecond), sent).catch(() => undefined);
  const [received] = await answered;
  response.writeHead(received.statusCode ?? 502, received.headers);
  await pipeline(received, response);
}

// As ECR words it to whoever shows a login that is over.
const MESSAGES: Readonly<Record<string, string>> = {
  DENIED: 'Your authorization token has expired. Reauthenticate and try again.',
};

async function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, code }: { status: number; code: string },
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  // An answer before the body is read may never reach the client.
  request.resume();
  await once(request, 'end');
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify({ errors: [{ code, message: MESSAGES[code] ?? `imitated ${code}` }] }));
}

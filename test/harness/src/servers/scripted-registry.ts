import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { readBytes } from '../registry/http-client.ts';
import { resource } from '../resource.ts';
import { copyUpTo } from './cut-stream.ts';
import type { Exchange, ScriptedResponse } from './exchange.ts';
import { type HttpServer, startHttpServer } from './http-server.ts';
import { RequestLog } from './request-log.ts';
import { Script } from './script.ts';

/** Its `stop` ends the server and then verifies. */
export interface ScriptedRegistry extends HttpServer {
  readonly requests: RequestLog;
  /** @throws {Error} when a request came that was not expected, or one that was did not come as often. */
  verify(): void;
}

/**
 * A server for what no real registry does on demand: it answers a list of expected requests, in any order.
 *
 * A request that matches no exchange is answered 500, and fails the test at `verify` or `stop`.
 */
export async function scriptedRegistry(
  exchanges: readonly Exchange[],
  options: { readonly tls?: boolean } = {},
): Promise<ScriptedRegistry> {
  const requests = new RequestLog();
  const script = new Script(exchanges);
  const server = await startHttpServer((request, response) => {
    requests.add(request.method ?? '', request.url ?? '');
    play(script, request, response).catch(() => response.destroy());
  }, options);
  const release = async (): Promise<void> => {
    await server.stop();
    script.verify();
  };
  return { ...server, requests, verify: () => script.verify(), ...resource(release) };
}

async function play(script: Script, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '';
  const url = new URL(path, `http://${request.headers.host}`);
  const asked = { method: request.method ?? '', path, url, headers: request.headers };
  const exchange = script.take(asked);
  if (exchange === undefined) {
    response.writeHead(500, { 'content-type': 'text/plain' }).end('the script has no such request');
    return;
  }
  const body = exchange.readsBody === false ? new Uint8Array() : await readBytes(request);
  const { response: answer } = exchange;
  await send(typeof answer === 'function' ? await answer({ ...asked, body }) : answer, request, response);
}

async function send(
  answer: ScriptedResponse,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { bytes, stream, mediaType } = contentOf(answer.body);
  response.writeHead(answer.status, {
    ...(mediaType && { 'content-type': mediaType }),
    ...(bytes && { 'content-length': String(bytes.byteLength) }),
    ...answer.headers,
  });
  response.flushHeaders();
  const isBodyless = request.method === 'HEAD' || answer.status === 204 || answer.status === 304;
  const content = isBodyless ? [] : (stream ?? [bytes ?? new Uint8Array()]);
  if (answer.cutAfterBytes === undefined) {
    await pipeline(content, response);
    return;
  }
  await copyUpTo(answer.cutAfterBytes, content, response);
  response.destroy();
}

interface Content {
  readonly bytes?: Uint8Array;
  readonly stream?: AsyncIterable<Uint8Array>;
  readonly mediaType?: string;
}

function contentOf(body: ScriptedResponse['body']): Content {
  if (body === undefined) return { bytes: new Uint8Array() };
  if (typeof body === 'string' || body instanceof Uint8Array) return { bytes: Buffer.from(body) };
  if (Symbol.asyncIterator in body) return { stream: body };
  return { bytes: Buffer.from(JSON.stringify(body)), mediaType: 'application/json' };
}

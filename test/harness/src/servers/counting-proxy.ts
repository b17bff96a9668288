import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { RegistryEndpoint } from '../registry/endpoint.ts';
import { resource } from '../resource.ts';
import { type BurstLimit, LeakyBucket } from './burst-limit.ts';
import { copyUpTo } from './cut-stream.ts';
import { type Fault, Faults, type InjectedFault, type MetFault } from './faults.ts';
import { type HttpServer, startHttpServer } from './http-server.ts';
import { RequestLog } from './request-log.ts';
import { slowed } from './slow-stream.ts';

/** A registry, reached through this process: every request is counted, and can be made to fail. */
export interface CountingProxy extends HttpServer, RegistryEndpoint {
  readonly requests: RequestLog;
  /** How many have come faster than `limit` allows. */
  readonly refused: number;
  inject(fault: Fault): InjectedFault;
}

export interface CountingProxyOptions {
  /** Holds every request so long before it is passed on, as a round trip to a distant registry does; default 0. */
  readonly latencyMs?: number;
  /** What comes faster is refused with 429, without a word of when to come again. */
  readonly limit?: BurstLimit;
}

/**
 * Starts a proxy in front of a registry. It speaks plain HTTP to clients, and what the target speaks to the target.
 *
 * Bodies are streamed. Locations of uploads are rewritten, so that they come through the proxy as well; those
 * on other hosts (token realms, blob stores) are not.
 */
export async function countingProxy(
  target: RegistryEndpoint | string,
  { latencyMs = 0, limit }: CountingProxyOptions = {},
): Promise<CountingProxy> {
  const endpoint: RegistryEndpoint = typeof target === 'string' ? { url: target } : target;
  const requests = new RequestLog();
  const faults = new Faults();
  const bucket = limit && new LeakyBucket(limit);
  const upstream = new Upstream(endpoint);
  let refused = 0;
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const logged = requests.add(request.method ?? '', request.url ?? '');
    if (latencyMs > 0) await pause(latencyMs);
    const isRefused = bucket?.isFull(performance.now()) ?? false;
    if (isRefused) refused += 1;
    const fault = isRefused ? { status: 429 } : await faults.meet(logged);
    // The client may have given up while the request was held.
    if (response.closed) return;
    if (fault?.status !== undefined) await answer(request, response, fault);
    else await upstream.forward(request, response, fault ?? {});
  };
  const server = await startHttpServer((request, response) => {
    // Either side may have gone away; the other then has to see a broken connection.
    handle(request, response).catch(() => response.destroy());
  });
  const release = async (): Promise<void> => {
    faults.removeAll();
    await server.stop();
    upstream.close();
  };
  const { host, url, connections } = server;
  const { credentials } = endpoint;
  return {
    host,
    url,
    credentials,
    connections,
    requests,
    get refused() {
      return refused;
    },
    inject: (fault) => faults.inject(fault),
    ...resource(release),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, fault: MetFault): Promise<void> {
  // An answer before the body is read may never reach the client.
  request.resume();
  await once(request, 'end');
  response.writeHead(fault.status ?? 500, {
    'content-length': Buffer.byteLength(fault.body ?? ''),
    ...fault.headers,
  });
  await sendBody(request.method === 'HEAD' ? [] : [Buffer.from(fault.body ?? '')], response, fault);
}

class Upstream {
  readonly #origin: URL;
  readonly #agent: Agent;

  constructor({ url, tls }: RegistryEndpoint) {
    this.#origin = new URL(url);
    const options = { keepAlive: true };
    this.#agent =
      this.#origin.protocol === 'https:' ? new TlsAgent({ ...options, ...tls }) : new Agent(options);
  }

  async forward(request: IncomingMessage, response: ServerResponse, fault: MetFault): Promise<void> {
    const url = new URL(request.url ?? '/', this.#origin);
    const headers = { ...request.headers, host: this.#origin.host };
    const options = { method: request.method, headers, agent: this.#agent };
    const sent = url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options);
    response.once('close', () => response.writableFinished || sent.destroy());
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    answered.catch(() => undefined);
    if (await this.#isCut(request, sent, fault)) {
      sent.destroy();
      response.destroy();
      return;
    }
    const [received] = await answered;
    response.writeHead(received.statusCode ?? 502, {
      ...this.#rewritten(received, request),
      ...fault.headers,
    });
    await sendBody(received, response, fault);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #isCut(
    request: IncomingMessage,
    sent: ReturnType<typeof httpRequest>,
    fault: MetFault,
  ): Promise<boolean> {
    if (fault.cutRequestAfterBytes !== undefined) {
      if (await copyUpTo(fault.cutRequestAfterBytes, request, sent)) return true;
      sent.end();
      return false;
    }
    // The target may answer and close before it has read everything; its answer is what counts.
    const { requestBytesPerSecond, ended } = fault;
    const body =
      requestBytesPerSecond === undefined ? request : slowed(request, requestBytesPerSecond, ended);
    await pipeline(body, sent).catch(() => undefined);
    return false;
  }

  #rewritten(received: IncomingMessage, request: IncomingMessage): NodeJS.Dict<string | string[]> {
    const { location } = received.headers;
    if (location === undefined || !location.startsWith(`${this.#origin.origin}/`)) return received.headers;
    const path = location.slice(this.#origin.origin.length);
    return { ...received.headers, location: `http://${request.headers.host}${path}` };
  }
}

async function sendBody(
  whole: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  response: ServerResponse,
  fault: MetFault,
): Promise<void> {
  const { bytesPerSecond, ended } = fault;
  const body = bytesPerSecond === undefined ? whole : slowed(whole, bytesPerSecond, ended);
  const limitBytes = fault.cutAfterBytes ?? fault.stallAfterBytes;
  if (limitBytes === undefined) {
    await pipeline(body, response);
    return;
  }
  response.flushHeaders();
  const isCut = await copyUpTo(limitBytes, body, response);
  if (!isCut) response.end();
  else if (fault.cutAfterBytes !== undefined) response.destroy();
}

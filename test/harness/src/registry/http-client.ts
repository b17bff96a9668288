import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientTls } from './endpoint.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
}

export interface HttpBody {
  readonly sizeBytes: number;
  chunks(): Iterable<Uint8Array>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Has to be read to its end. */
  readonly stream: IncomingMessage;
}

/** node:http with kept connections and our certificates. */
export class HttpClient implements Disposable {
  readonly #agent: Agent;
  readonly #tlsAgent: TlsAgent;

  constructor(tls: ClientTls | undefined) {
    const options = { keepAlive: true, maxSockets: 16 };
    this.#agent = new Agent(options);
    this.#tlsAgent = new TlsAgent({ ...options, ...tls });
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const isTls = request.url.startsWith('https:');
    const length = request.body === undefined ? {} : { 'content-length': String(request.body.sizeBytes) };
    const options = { method: request.method, headers: { ...request.headers, ...length } };
    const sent = isTls
      ? httpsRequest(request.url, { ...options, agent: this.#tlsAgent })
      : httpRequest(request.url, { ...options, agent: this.#agent });
    const answered = once(sent, 'response');
    // A refusal may come before the body is sent; the answer is what counts then.
    const written = pipeline(Readable.from(request.body?.chunks() ?? []), sent).catch(() => undefined);
    const [stream] = (await answered) as [IncomingMessage];
    await written;
    return { status: stream.statusCode ?? 0, headers: stream.headers, stream };
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
    this.#tlsAgent.destroy();
  }
}

export async function readBytes(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

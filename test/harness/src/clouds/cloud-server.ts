import type { IncomingMessage } from 'node:http';
import { readBytes } from '../registry/http-client.ts';
import { type HttpServer, startHttpServer } from '../servers/http-server.ts';

/** A request as an imitated cloud received it. */
export interface CloudRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface CloudAnswer {
  readonly status: number;
  /** An object is sent as JSON, text as it is. */
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CloudServer extends HttpServer {
  /** Oldest first. */
  readonly requests: readonly CloudRequest[];
}

/** An imitated cloud endpoint in this process: every request is kept and answered by `answer`. */
export async function startCloudServer(
  answer: (request: CloudRequest) => CloudAnswer | Promise<CloudAnswer>,
  options: { readonly tls?: boolean | undefined } = {},
): Promise<CloudServer> {
  const requests: CloudRequest[] = [];
  const handle = async (incoming: IncomingMessage): Promise<CloudAnswer> => {
    const { pathname, searchParams } = new URL(incoming.url ?? '', 'http://cloud');
    const { method = '', headers } = incoming;
    const body = Buffer.from(await readBytes(incoming)).toString();
    const request = { method, path: pathname, query: searchParams, headers, body };
    requests.push(request);
    return await answer(request);
  };
  const server = await startHttpServer((incoming, response) => {
    void handle(incoming).then(({ status, body, headers }) => {
      const isText = typeof body === 'string';
      const contentType = isText ? 'text/plain' : 'application/json';
      response
        .writeHead(status, { 'content-type': contentType, ...headers })
        .end(isText ? body : JSON.stringify(body));
    });
  }, options);
  return { ...server, requests };
}

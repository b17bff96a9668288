import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type HttpServer, startHttpServer } from '@regfleet/harness';
import { START } from './upload.fixture.ts';

export interface OddRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly contentRange: string | undefined;
  /** As announced. */
  readonly bytes: number;
}

export interface OddRegistry extends HttpServer {
  /** `METHOD bytes` of every request, in order. */
  readonly came: string[];
  readonly requests: OddRequest[];
  /** Uploads that it was told are given up; `came` and `requests` do not have those. */
  readonly givenUp: string[];
  /** Digests of what was completed. */
  readonly stored: Set<string>;
}

interface Oddness {
  readonly minimumBytes?: number;
  /** True: it has dealt with the request itself, before the body is read. */
  readonly meet: (request: OddRequest, raw: IncomingMessage, response: ServerResponse) => boolean;
}

/** Takes uploads as a registry does, one open at a time, save for what is odd about it. */
export async function oddRegistry({ minimumBytes, meet }: Oddness): Promise<OddRegistry> {
  const requests: OddRequest[] = [];
  const came: string[] = [];
  const givenUp: string[] = [];
  const stored = new Set<string>();
  const headers = { location: `${START}1`, 'oci-chunk-min-length': String(minimumBytes ?? 0) };
  let content = Buffer.alloc(0);
  const complete = (path: string, response: ServerResponse): void => {
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    const isRight = new URL(path, 'http://x').searchParams.get('digest') === digest;
    if (isRight) stored.add(digest);
    response.writeHead(isRight ? 201 : 400).end(isRight ? '' : '{"errors":[{"code":"DIGEST_INVALID"}]}');
  };
  const take = async (request: OddRequest, raw: IncomingMessage, response: ServerResponse) => {
    const body = Buffer.concat(await raw.toArray());
    content = request.method === 'POST' ? Buffer.alloc(0) : Buffer.concat([content, body]);
    if (request.method === 'PUT') complete(request.path, response);
    // Where an upload stands it does not tell.
    else response.writeHead(request.method === 'GET' ? 404 : 202, headers).end();
  };
  const server = await startHttpServer((raw, response) => {
    const request = described(raw);
    if (request.method === 'DELETE') {
      givenUp.push(request.path);
      response.writeHead(204).end();
      return;
    }
    requests.push(request);
    came.push(`${request.method} ${request.bytes}`);
    // A body that ends early is for the other side to notice.
    if (!meet(request, raw, response)) take(request, raw, response).catch(() => response.destroy());
  });
  return { ...server, came, requests, givenUp, stored };
}

const described = ({ method = '', url = '', headers }: IncomingMessage): OddRequest => ({
  method,
  path: url,
  authorization: headers.authorization,
  contentRange: headers['content-range'],
  bytes: Number(headers['content-length'] ?? 0),
});

import { type HttpServer, startHttpServer } from './http-server.ts';

export interface SilentServer extends HttpServer {
  /** `METHOD path` of the requests that it received, oldest first. */
  readonly requests: readonly string[];
}

/** A server that takes every request and answers none. */
export async function startSilentServer(): Promise<SilentServer> {
  const requests: string[] = [];
  const server = await startHttpServer(({ method, url }) => {
    requests.push(`${method} ${url}`);
  });
  return { ...server, requests };
}

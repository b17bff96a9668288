import { readdir, readFile, readlink } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type HttpServer, type RegistryEndpoint, startHttpServer } from '@regfleet/harness';

/** A GET of what an image is made of, as it is answered. */
export interface OpenRequest {
  readonly repository: string;
  /** Name and release of the program that asks. */
  readonly userAgent: string;
  readonly port: number;
}

export interface RecordingSource extends HttpServer {
  /** Those that are not answered to their end. */
  readonly open: ReadonlySet<OpenRequest>;
  /** Repositories that anything of was asked for. */
  readonly seen: ReadonlySet<string>;
  /** Repositories with open requests at once, at most so far. */
  readonly most: number;
}

// https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#endpoints
const CONTENT = /^\/v2\/(.+)\/(?:blobs|manifests)\/[^/]+$/;

/** A registry through this process that notes of which repositories something is read at once. Each answer takes `latencyMs`. */
export async function recordingSource(
  { url: origin }: RegistryEndpoint,
  latencyMs: number,
): Promise<RecordingSource> {
  const open = new Set<OpenRequest>();
  const seen = new Set<string>();
  let most = 0;
  const note = (request: IncomingMessage, response: ServerResponse): void => {
    const repository = CONTENT.exec(request.url ?? '')?.[1];
    // Whoever plans asks with HEAD, and is bound by no limit.
    if (repository === undefined || request.method !== 'GET') return;
    const { 'user-agent': userAgent = '' } = request.headers;
    const opened = { repository, userAgent, port: request.socket.remotePort ?? 0 };
    open.add(opened);
    seen.add(repository);
    most = Math.max(most, new Set([...open].map((other) => other.repository)).size);
    response.once('close', () => open.delete(opened));
  };
  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    note(request, response);
    await pause(latencyMs);
    const sent = httpRequest(new URL(request.url ?? '/', origin), {
      method: request.method,
      headers: request.headers,
      agent: false,
    });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      sent.once('response', resolve).once('error', reject);
    });
    sent.end();
    const received = await answered;
    response.writeHead(received.statusCode ?? 502, received.headers);
    await pipeline(received, response);
  };
  const server = await startHttpServer((request, response) => {
    forward(request, response).catch(() => response.destroy());
  });
  return {
    ...server,
    open,
    seen,
    get most() {
      return most;
    },
  };
}

/** Whether the process has the other end of the connection that came from this port of this machine; Linux only. */
export async function hasConnection(pid: number, port: number): Promise<boolean> {
  const table = await readFile('/proc/net/tcp', 'utf8');
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const row = table.split('\n').find((line) => line.trim().split(/\s+/)[1]?.endsWith(local));
  const inode = row?.trim().split(/\s+/)[9];
  if (inode === undefined) return false;
  const files = await readdir(`/proc/${pid}/fd`);
  const links = files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => ''));
  return (await Promise.all(links)).includes(`socket:[${inode}]`);
}

import type { Server } from 'node:net';
import { SyncError } from '@regfleet/model';
import type { FastifyReply } from 'fastify';
import type { Metrics } from '../metrics/metrics.ts';

export interface Readiness {
  readonly ready: boolean;
  /** Why not; empty when ready. */
  readonly reasons: readonly string[];
}

export interface HealthServerOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly metrics: Pick<Metrics, 'contentType' | 'expose'>;
  /** Whether work may be expected of this process; asked at every `/readyz`. */
  readonly readiness: () => Readiness;
  /** What is told as JSON besides, by path; undefined, or a failure: not known at this moment, which is answered with 503. */
  readonly documents?: Readonly<Record<string, () => Promise<object | undefined>>>;
}

export interface HealthServer {
  /** Where it listens, as a URL: `http://127.0.0.1:9090`, or `http://0.0.0.0:9090` for every address of this machine. */
  readonly address: string;
  /** True: it listens at every address of this machine. */
  readonly isOpen: boolean;
  close(): Promise<void>;
}

/**
 * Serves `/healthz` (this process lives: its event loop answers), `/readyz`, `/metrics` and the documents.
 *
 * @throws {SyncError} `USAGE_INVALID` when the address cannot be taken.
 */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { host, port, metrics, readiness, documents = {} } = options;
  // Loaded here: commands that serve nothing start in half the time without it.
  const { default: fastify } = await import('fastify');
  // Scrapers keep their connections; a stopping process must not wait for them.
  const server = fastify({ logger: false, forceCloseConnections: true });
  server.get('/healthz', () => ({ alive: true }));
  server.get('/readyz', (_request, reply: FastifyReply) => {
    const answer = readiness();
    return reply.code(answer.ready ? 200 : 503).send(answer);
  });
  server.get('/metrics', async (_request, reply: FastifyReply) =>
    reply.type(metrics.contentType).send(await metrics.expose()),
  );
  for (const [path, read] of Object.entries(documents)) {
    server.get(path, async (_request, reply: FastifyReply) => {
      const document = await read().catch(() => undefined);
      return document === undefined ? reply.code(503).send({ known: false }) : reply.send(document);
    });
  }
  try {
    await server.listen({ host, port });
    return { ...boundTo(server.server.address()), close: () => server.close() };
  } catch (error) {
    await server.close();
    throw cannotListen(host, port, error);
  }
}

/** What `listen` of the server answers names the loopback where it listens everywhere. */
function boundTo(bound: ReturnType<Server['address']>): Pick<HealthServer, 'address' | 'isOpen'> {
  if (bound === null || typeof bound === 'string') return { address: `${bound}`, isOpen: false };
  const { address, family, port } = bound;
  return {
    address: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    isOpen: address === '0.0.0.0' || address === '::',
  };
}

function cannotListen(host: string, port: number, cause: unknown): SyncError {
  const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  return new SyncError('USAGE_INVALID', {
    message: `cannot serve health and metrics at ${host}:${port}: ${reason}`,
    hint:
      reason === 'EADDRINUSE'
        ? 'another process listens there: choose another --port'
        : 'check --host and --port',
    cause,
  });
}

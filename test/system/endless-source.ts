import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type HttpServer, startHttpServer } from '@regfleet/harness';
import { MEDIA_TYPES } from '@regfleet/model';

const LAYER = { digest: `sha256:${'1'.repeat(64)}`, size: 10 * 1024 ** 3 };
// Fast enough for every limit of ours, and hours for the whole of it.
const TRICKLE = { bytes: 64 * 1024, everyMs: 20 };

/** A registry each of whose images has a layer of 10 GiB that comes slowly. */
export interface EndlessSource extends HttpServer {
  /** Repositories of which the layer is being sent. */
  downloads(): string[];
  /** How often it was asked for. */
  begun(repository: string): number;
}

export async function startEndlessSource(): Promise<EndlessSource> {
  const open = new Set<{ readonly repository: string }>();
  const begun = new Map<string, number>();
  const config = made({
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [LAYER.digest] },
  });
  const { bytes: _, ...described } = config;
  const manifest = made({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.dockerManifest,
    config: { mediaType: 'application/vnd.docker.container.image.v1+json', ...described },
    layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', ...LAYER }],
  });
  const server = await startHttpServer((request, response) => {
    const [, repository = '', kind, name = ''] =
      /^\/v2\/(.+)\/(tags|manifests|blobs)\/([^/?]+)/.exec(request.url ?? '') ?? [];
    const isHead = request.method === 'HEAD';
    if (kind === 'manifests') return send(response, MEDIA_TYPES.dockerManifest, isHead, manifest);
    if (kind === 'tags')
      return send(response, 'application/json', isHead, made({ name: repository, tags: ['v1'] }));
    if (kind === 'blobs' && name === config.digest)
      return send(response, 'application/octet-stream', isHead, config);
    if (kind !== 'blobs' || isHead) return send(response, 'application/json', isHead, made({}));
    const download = { repository };
    open.add(download);
    begun.set(repository, (begun.get(repository) ?? 0) + 1);
    response.on('close', () => open.delete(download));
    void trickle(response);
  });
  return {
    ...server,
    downloads: () => [...open].map(({ repository }) => repository).sort(),
    begun: (repository) => begun.get(repository) ?? 0,
  };
}

interface Made {
  readonly digest: string;
  readonly size: number;
  readonly bytes: Uint8Array;
}

function made(value: object): Made {
  const bytes = Buffer.from(JSON.stringify(value));
  return {
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    size: bytes.byteLength,
    bytes,
  };
}

function send(response: ServerResponse, type: string, isHead: boolean, { digest, bytes }: Made): void {
  response.writeHead(200, {
    'content-type': type,
    'content-length': bytes.byteLength,
    'docker-content-digest': digest,
    'docker-distribution-api-version': 'registry/2.0',
  });
  response.end(isHead ? undefined : bytes);
}

async function trickle(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': LAYER.size });
  const bytes = Buffer.alloc(TRICKLE.bytes, 7);
  while (!response.closed) {
    response.write(bytes);
    await pause(TRICKLE.everyMs);
  }
}

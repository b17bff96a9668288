import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type HttpServer, startHttpServer } from '@regfleet/harness';
import { MEDIA_TYPES } from '@regfleet/model';

const NAME_LENGTH = 200_000;
const PAGE_SIZE = 1_000;
const TRICKLE_MS = 50;
const MIB = 1024 * 1024;

/** What it is asked for; each does something else to whoever asks. */
export const HOSTILE_REPOSITORIES = [
  'dense',
  'empty-pages',
  'endless-pages',
  'heavy',
  'long-names',
  'loud',
  'slow-blob',
  'slow-list',
] as const;

type Repository = (typeof HOSTILE_REPOSITORIES)[number];

type Reply = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

interface Made {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly bytes: () => Uint8Array;
}

export interface HostileRegistry extends HttpServer {
  /** The repositories of which something was asked. */
  readonly asked: ReadonlySet<string>;
}

/** A registry that wants to stop whoever mirrors it. */
export async function startHostileRegistry(): Promise<HostileRegistry> {
  const asked = new Set<string>();
  const content = new Map<string, Made>();
  const roots: Partial<Record<Repository, Made>> = {
    dense: dense(content),
    heavy: heavy(content),
    'slow-blob': slow(content),
  };
  const server = await startHttpServer((request, response) => {
    const [, repository = '', kind, name = ''] =
      /^\/v2\/([^/]+)\/([a-z]+)\/([^?]+)/.exec(request.url ?? '') ?? [];
    if (repository === '') return response.end('{}');
    asked.add(repository);
    if (kind === 'tags') return void (TAGS[repository as Repository] ?? oneTag)(request, response);
    const root = name === 'v1' ? roots[repository as Repository] : undefined;
    const made = root ?? content.get(name);
    if (made === undefined) return shout(response);
    return void send(request, response, made, repository === 'slow-blob' && kind === 'blobs');
  });
  return { ...server, asked };
}

const json = (response: ServerResponse, body: object, headers = {}): void => {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
};

const oneTag: Reply = (_request, response) => json(response, { tags: ['v1'] });

const TAGS: Partial<Record<Repository, Reply>> = {
  'empty-pages': ({ url }, response) => json(response, { tags: [] }, linkOf(url)),
  'endless-pages': ({ url }, response) => {
    const tags = Array.from({ length: PAGE_SIZE }, (_, index) => `v${pageOf(url)}.${index}`);
    return json(response, { tags }, linkOf(url));
  },
  'long-names': (_request, response) =>
    json(response, { tags: ['v1', ...Array.from('abcdefghij', (letter) => letter.repeat(NAME_LENGTH))] }),
  'slow-list': async (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    await trickle(response, '{"tags":["v1"]}'.padEnd(NAME_LENGTH));
  },
};

const pageOf = (url = ''): number => Number(/last=(\d+)/.exec(url)?.[1] ?? 0);

/** To a page that never was. */
const linkOf = (url = ''): { link: string } => ({
  link: `<${url.replace(/\?.*$/, '')}?last=${pageOf(url) + 1}>; rel="next"`,
});

/** An error whose code and message are all there is. */
function shout(response: ServerResponse): void {
  const errors = [{ code: 'A'.repeat(65_000), message: 'x://a:'.repeat(10_000) }];
  response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ errors }));
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  made: Made,
  slowly: boolean,
): Promise<void> {
  response.writeHead(200, {
    'content-type': made.mediaType,
    'content-length': made.size,
    'docker-content-digest': made.digest,
  });
  if (request.method === 'HEAD') response.end();
  else if (slowly) await trickle(response, Buffer.from(made.bytes()).toString('latin1'));
  else response.end(made.bytes());
}

async function trickle(response: ServerResponse, text: string): Promise<void> {
  for (const character of text) {
    if (response.destroyed) return;
    response.write(character);
    await pause(TRICKLE_MS);
  }
  response.end();
}

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

function made(content: Map<string, Made>, mediaType: string, bytes: () => Uint8Array): Made {
  const first = bytes();
  const entry = { mediaType, digest: digestOf(first), size: first.byteLength, bytes };
  content.set(entry.digest, entry);
  return entry;
}

const document = (content: Map<string, Made>, mediaType: string, value: () => object): Made =>
  made(content, mediaType, () => Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...value() })));

const descriptor = ({ mediaType, digest, size }: Made): object => ({ mediaType, digest, size });

function image(content: Map<string, Made>, layer: Uint8Array, annotations: () => object): Made {
  const config = descriptor(
    made(content, 'application/vnd.oci.image.config.v1+json', () => Buffer.from('{}')),
  );
  const layers = [descriptor(made(content, 'application/vnd.oci.image.layer.v1.tar', () => layer))];
  return document(content, MEDIA_TYPES.ociManifest, () => ({ config, layers, annotations: annotations() }));
}

const index = (content: Map<string, Made>, children: readonly Made[], name: string): Made => {
  const manifests = children.map(descriptor);
  return document(content, MEDIA_TYPES.ociIndex, () => ({ manifests, annotations: { name } }));
};

/** Indexes of which each names all of the next level: a way down for each of 30 to the power of six. */
function dense(content: Map<string, Made>): Made {
  const numbers = Array.from({ length: 30 }, (_, number) => `${number}`);
  let below = numbers.map((name) => image(content, Buffer.from('dense'), () => ({ name })));
  for (let level = 0; level < 6; level += 1)
    below = numbers.map((name) => index(content, below, `${level} ${name}`));
  return index(content, below, 'dense');
}

/** Manifests of seven MiB each. */
function heavy(content: Map<string, Made>): Made {
  const children = Array.from({ length: 40 }, (_, number) =>
    image(content, Buffer.from('heavy'), () => ({ number: `${number}`, padding: ' '.repeat(7 * MIB) })),
  );
  return index(content, children, 'heavy');
}

const slow = (content: Map<string, Made>): Made => image(content, Buffer.alloc(MIB, 'x'), () => ({}));

import { type Exchange, scriptedRegistry, type UsernamePassword } from '@regfleet/harness';
import { type AuthSettings, type Location, parseRegistryName, Secret, silentLogger } from '@regfleet/model';
import type { BlobReader, RegistryClient, RequestEvent } from './contract.ts';
import { httpClientOf } from './http/http-client.ts';
import { createRegistries, type RegistriesOptions } from './registries.ts';

/** Where a test's registry is. */
export interface Place {
  readonly host: string;
  readonly credentials?: UsernamePassword | undefined;
  readonly certsDir?: string;
}

/** Registries whose requests are noted; disposed of with `await using`. */
export function testRegistries(options: Partial<RegistriesOptions> = {}) {
  const events: RequestEvent[] = [];
  const registries = createRegistries({
    logger: silentLogger,
    env: {},
    httpClient: httpClientOf(process.env),
    onRequest: (event) => events.push(event),
    ...options,
  });
  return {
    registries,
    /** `METHOD status` of every request in order. */
    requests: () => events.map(({ method, code }) => `${method} ${code}`),
    connect: (place: Place, location: Partial<Location> = {}): RegistryClient =>
      registries.connect(locationOf(place, location)),
    [Symbol.asyncDispose]: () => registries.close(),
  };
}

/** A client of a registry that answers these requests and no others; disposed of with `await using`. */
export async function scriptedClient(...exchanges: Exchange[]) {
  const registry = await scriptedRegistry(exchanges);
  const scenario = testRegistries();
  return {
    registry,
    client: scenario.connect(registry),
    async [Symbol.asyncDispose]() {
      await scenario[Symbol.asyncDispose]();
      await registry.stop();
    },
  };
}

export function locationOf(place: Place, location: Partial<Location> = {}): Location {
  return {
    registry: parseRegistryName(place.host),
    auth: authOf(place.credentials),
    tls: { skipVerify: false, certsDir: place.certsDir ?? '/does/not/exist' },
    ...location,
  };
}

function authOf(credentials: UsernamePassword | undefined): AuthSettings {
  if (credentials === undefined) return { kind: 'anonymous' };
  return { kind: 'basic', username: credentials.username, password: new Secret(credentials.password) };
}

export async function readAll(reader: BlobReader): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let chunk = await reader.read(); chunk !== undefined; chunk = await reader.read())
    chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

export async function allPages(pages: AsyncIterable<readonly string[]>): Promise<string[][]> {
  const all: string[][] = [];
  for await (const page of pages) all.push([...page]);
  return all;
}

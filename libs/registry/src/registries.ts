import { createHash } from 'node:crypto';
import {
  BoundedMap,
  DEFAULT_PEER_LIMITS,
  keepSecret,
  type Location,
  type Logger,
  type PeerLimits,
  type RegistryName,
} from '@regfleet/model';
import { Greeting } from './auth/greeting.ts';
import { Login } from './auth/login.ts';
import { UploadSeal } from './blobs/upload-seal.ts';
import { ByRegistry, IDLE_MS } from './by-registry.ts';
import { createRegistryClient } from './client.ts';
import type { Registries, RegistryClient, RequestEvent, UploadNotes } from './contract.ts';
import { Clouds } from './credentials/clouds.ts';
import type { CredentialSource } from './credentials/contract.ts';
import { createCredentialSource, repositoryCreator } from './credentials/index.ts';
import { DigestLists } from './digests/index.ts';
import { AddressPolicy } from './http/address-policy.ts';
import { Endpoint } from './http/endpoint.ts';
import { type HttpClientName, httpClientOf } from './http/http-client.ts';
import { createHttpClient } from './http/plain-client.ts';
import type { Environment } from './http/proxy.ts';
import type { RequestGate } from './http/request-gate.ts';
import { DEFAULT_TIMEOUTS, type Timeouts } from './http/timeouts.ts';
import { Transport } from './http/transport.ts';
import { TrustStore } from './http/trust-store.ts';
import { createLister } from './listers/index.ts';
import { type ListingCache, Listings } from './listers/listings.ts';
import { ManifestCache } from './manifests/manifest-cache.ts';
import { Session } from './session/session.ts';

export interface RegistriesOptions {
  readonly logger: Logger;
  /** Proxies, homes of auth files, endpoints of cloud APIs. */
  readonly env: Environment;
  /** Absent: the one that `env` asks for. */
  readonly httpClient?: HttpClientName | undefined;
  /** Called for every HTTP request that is made, also for tokens and by redirects. */
  readonly onRequest?: (event: RequestEvent) => void;
  /** Lists of repositories beyond this process; absent: they are kept in memory only. */
  readonly listingCache?: ListingCache;
  /** Absent: nobody ends the uploads of a process that dies. */
  readonly uploadNotes?: UploadNotes;
  /** Default `regfleet`. */
  readonly userAgent?: string;
  readonly timeouts?: Partial<Timeouts>;
  /** Absent: what suits real registries. */
  readonly limits?: PeerLimits | undefined;
  /** Asked before each request; absent: every request goes at once. */
  readonly requestGate?: RequestGate | undefined;
  /** How much of the manifests read lately is kept; default 32 MiB. */
  readonly manifestCacheBytes?: number;
  /** Epoch milliseconds; default the clock. */
  readonly now?: () => number;
}

/** What locations with the same endpoint share. */
interface Reached {
  readonly endpoint: Endpoint;
  readonly greeting: Greeting;
  readonly accounts: BoundedMap<string, Connected>;
}

/** What locations with the same endpoint and account share. */
interface Connected {
  readonly client: RegistryClient;
  readonly credentials: CredentialSource;
  readonly transport: Transport;
}

/** @throws {SyncError} `CONFIG_INVALID` where the environment asks for an HTTP client that there is not. */
export function createRegistries(options: RegistriesOptions): Registries {
  return new SharedRegistries(options);
}

// Requests of a registry at once where no limit is set; a copy has a handful under way.
const DEFAULT_CONNECTIONS = 32;
const CONNECTIONS_PER_COPY = 4;

const MANIFEST_CACHE_BYTES = 32 * 1024 * 1024;

// More accounts than a config has at one registry, or each would log in again at every turn; a config that is taken again
// with another password leaves the one that it had before behind.
const MAX_ACCOUNTS = 256;

class SharedRegistries implements Registries {
  readonly #options: RegistriesOptions;
  readonly #now: () => number;
  readonly #httpClient: HttpClientName;
  readonly #trust: TrustStore;
  readonly #clouds: Clouds;
  readonly #listings: Listings;
  readonly #manifests: ManifestCache;
  readonly #reached: ByRegistry<Reached>;

  constructor(options: RegistriesOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#httpClient = options.httpClient ?? httpClientOf(options.env);
    this.#manifests = new ManifestCache(options.manifestCacheBytes ?? MANIFEST_CACHE_BYTES, this.#now);
    const retire = ({ endpoint }: Reached): void => endpoint.transport.retire();
    this.#reached = new ByRegistry({ now: this.#now, onDrop: retire });
    this.#trust = new TrustStore(options.logger, this.#now);
    this.#clouds = new Clouds(options.env, this.#now);
    this.#listings = new Listings({ logger: options.logger, now: this.#now, shared: options.listingCache });
  }

  connect(location: Location): RegistryClient {
    return this.#connect(location).client;
  }

  lister(location: Location, limits: Parameters<Registries['lister']>[1]): ReturnType<Registries['lister']> {
    const { credentials, transport } = this.#connect(location);
    const { maxNames } = transport.settings.limits;
    const deps = { ...this.#deps(transport), listings: this.#listings, credentials, maxNames };
    return createLister(location, { ...deps, connect: () => this.connect(location) }, limits);
  }

  credentials(location: Location, context = {}): ReturnType<Registries['credentials']> {
    return this.#connect(location).credentials.get(context);
  }

  async provider(location: Location, context = {}): ReturnType<Registries['provider']> {
    return (await this.credentials(location, context))?.provider ?? 'anonymous';
  }

  async ensureRepository(
    ...[location, repository, options]: Parameters<Registries['ensureRepository']>
  ): Promise<void> {
    const { logger } = this.#options;
    const creator = repositoryCreator(location, { clouds: this.#clouds, logger, now: this.#now });
    await creator?.ensure(repository, { ...location.newRepositories, ...options });
  }

  async close(): Promise<void> {
    const endpoints = [...this.#reached.values()].map(({ endpoint }) => endpoint);
    this.#reached.clear();
    await Promise.all([...endpoints.map((endpoint) => endpoint.close()), this.#clouds.close()]);
  }

  #connect(location: Location): Connected {
    const account = accountKey(location);
    const { endpoint, greeting, accounts } = this.#reach(location);
    const known = accounts.use(account);
    if (known !== undefined) return known;
    const { transport } = endpoint;
    const credentials = keptFromTexts(createCredentialSource(location, this.#deps(transport)));
    const login = new Login({ credentials, transport, logger: this.#options.logger });
    const session = new Session(endpoint, login, greeting);
    const digestDeps = { session, credentials, clouds: this.#clouds, location };
    const client = createRegistryClient(location.registry.text, session, {
      manifests: this.#manifests.of(account),
      digests: new DigestLists(digestDeps, this.#options.logger),
      seal: new UploadSeal(location.registry.host, credentials),
      uploadNotes: this.#options.uploadNotes,
    });
    const connected = { client, credentials, transport };
    accounts.set(account, connected);
    return connected;
  }

  #reach({ registry, tls, concurrency: { source, target = 0 } = {} }: Location): Reached {
    const maxConnections =
      source === undefined ? DEFAULT_CONNECTIONS : (source + target) * CONNECTIONS_PER_COPY;
    return this.#reached.once(registry.host, JSON.stringify([tls, maxConnections]), () => {
      const endpoint = new Endpoint(this.#transport(registry, { tls, maxConnections }));
      return {
        endpoint,
        greeting: new Greeting({ isOwn: (url) => endpoint.isOwn(url), now: this.#now }),
        accounts: new BoundedMap({ limit: MAX_ACCOUNTS, maxAgeMs: IDLE_MS, now: this.#now }),
      };
    });
  }

  #transport(
    { host, apiHost }: RegistryName,
    { tls, maxConnections }: Pick<Location, 'tls'> & { readonly maxConnections: number },
  ): Transport {
    const {
      env,
      logger,
      userAgent = 'regfleet',
      onRequest = () => undefined,
      timeouts,
      limits = DEFAULT_PEER_LIMITS,
    } = this.#options;
    return new Transport({
      registry: host,
      apiHost,
      tls,
      env,
      httpClient: this.#httpClient,
      timeouts: { ...DEFAULT_TIMEOUTS, ...timeouts },
      maxConnections,
      trust: this.#trust,
      addressPolicy: new AddressPolicy(apiHost),
      userAgent,
      logger,
      onRequest,
      limits: {
        pace: { minBytesPerSecond: limits.minBytesPerSecond, windowMs: limits.minRateWindowMs },
        maxNames: limits.maxTags,
      },
      requestGate: this.#options.requestGate,
      now: this.#now,
    });
  }

  #deps(transport: Transport): Parameters<typeof createCredentialSource>[1] {
    const { env, logger } = this.#options;
    const http = createHttpClient(transport);
    const loginTimeoutMs = transport.settings.timeouts.loginMs;
    return { env, logger, now: this.#now, http, loginTimeoutMs, clouds: this.#clouds };
  }
}

/** Whatever is shown somewhere is known, so that it can be taken out of what comes back. */
const keptFromTexts = (source: CredentialSource): CredentialSource => ({
  async get(context) {
    const credentials = await source.get(context);
    if (credentials !== undefined) keepSecret(credentials.secret.reveal(), credentials.username);
    return credentials;
  },
  forget: (refused) => source.forget(refused),
});

/** The same for locations that differ in nothing that a registry sees. */
function accountKey({ lister: _, newRepositories: __, auth, ...location }: Location): string {
  const account =
    auth.kind === 'basic'
      ? { ...auth, password: createHash('sha256').update(auth.password.reveal()).digest('hex') }
      : auth;
  return JSON.stringify([location, account], (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)))
      : value,
  );
}

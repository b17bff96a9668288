import { isFresh } from '@regfleet/model';
import type { Carrier } from './carrier.ts';
import type { ClientCertificate } from './client-certificate.ts';
import type { ConnectionSettings, ConnectionUse } from './connection-settings.ts';
import { openWay, type Way } from './open-way.ts';
import { proxyFor } from './proxy.ts';
import type { HostTrust } from './trust-store.ts';

// A rotated certificate is used this much later at the latest.
const CERTIFICATES_AGE_MS = 2_000;

// Stores and token servers of one registry are a handful; each pool costs sockets and memory.
const MAX_IDLE_FOREIGN = 16;

// Longer than anything waits between two blobs of an image.
const IDLE_FOREIGN_MS = 5 * 60_000;

/** Connections to one origin, for one request. */
export interface HeldPool {
  readonly carrier: Carrier;
  readonly clientCertificate: ClientCertificate;
  /** Host and port; absent: the way leads by none. */
  readonly proxy?: string;
  /** The request has ended, with all that was read of its answer. */
  readonly leave: () => void;
}

interface OpenPool extends Omit<HeldPool, 'leave'> {
  readonly stamp: string;
  /** When certificates were looked at. */
  checkedAtMs: number;
}

/** What is kept of an origin and use. */
interface Place {
  /** Not the registry's own API. */
  readonly isForeign: boolean;
  /** Absent: none, or its opening failed. */
  pool?: Promise<OpenPool> | undefined;
  /** What that has come to, where the proxy needs no further look at the host's name. */
  opened?: OpenPool | undefined;
  /** Requests that have not ended. */
  held: number;
  leftAtMs: number;
  /** What the host's name resolves to is not known here, only to the proxy. */
  isLeftToProxy?: boolean;
}

/**
 * The connections of one registry: a pool per origin and use, over HTTP/1.1, made anew when certificates change. Those to
 * other hosts are a few: registries name what they like.
 */
export class Connections {
  readonly #settings: ConnectionSettings;
  /** The one that was used last comes last. */
  readonly #places = new Map<string, Place>();
  #isRetired = false;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /** Pools in memory. */
  get size(): number {
    return this.#places.size;
  }

  /** Those to one origin for one use; a promise where they have to be made, or looked at anew. */
  to(url: URL, use: ConnectionUse): HeldPool | Promise<HeldPool> {
    const place = this.#placeOf(url, use);
    place.held += 1;
    let isHeld = true;
    const leave = (): void => {
      if (isHeld) place.held -= 1;
      isHeld = false;
      place.leftAtMs = this.#settings.now();
      if (place.isForeign || this.#isRetired) this.#closeIdle();
    };
    const { opened } = place;
    if (opened !== undefined && this.#isCurrent(opened)) return { ...opened, leave };
    return this.#opened(place, url, use, leave);
  }

  #placeOf(url: URL, use: ConnectionUse): Place {
    const key = `${url.origin} ${use.isTransfer} ${use.foreign}`;
    const known = this.#places.get(key);
    const place = known ?? { isForeign: url.host !== this.#settings.apiHost, held: 0, leftAtMs: 0 };
    // Only others are ever closed for not being used.
    if (known !== undefined && !known.isForeign) return known;
    this.#places.delete(key);
    this.#places.set(key, place);
    return place;
  }

  async #opened(place: Place, url: URL, use: ConnectionUse, leave: () => void): Promise<HeldPool> {
    try {
      await this.#checkProxied(place, url, use);
      return { ...(await this.#poolAt(place, url, use)), leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** A proxy resolves names itself, where the look-up of the connection would have checked them. */
  async #checkProxied(place: Place, url: URL, { foreign }: ConnectionUse): Promise<void> {
    const { addressPolicy, timeouts } = this.#settings;
    if (foreign === undefined || !this.#isUnchecked(place, url, { foreign })) return;
    place.isLeftToProxy = !(await addressPolicy.checkProxied(url, foreign, timeouts.connectMs));
  }

  #isUnchecked(place: Place, url: URL, { foreign }: Pick<ConnectionUse, 'foreign'>): boolean {
    if (!place.isForeign || foreign === undefined || place.isLeftToProxy) return false;
    return proxyFor(url, this.#settings.env) !== undefined;
  }

  async #poolAt(place: Place, url: URL, use: ConnectionUse): Promise<OpenPool> {
    const known = place.pool && (await place.pool);
    if (known !== undefined && this.#isCurrent(known)) return known;
    const opening = this.#reopen(known, url, use);
    place.pool = opening;
    // A failure is not kept.
    opening.catch(() => {
      if (place.pool === opening) place.pool = undefined;
    });
    const opened = await opening;
    if (place.pool === opening && !this.#isUnchecked(place, url, use)) place.opened = opened;
    return opened;
  }

  /** From here on nothing is kept that no request uses. */
  retire(): void {
    this.#isRetired = true;
    this.#closeIdle();
  }

  /** Forgets what has not been used for longest, or for long, of what belongs to other hosts. */
  #closeIdle(): void {
    const nowMs = this.#settings.now();
    const isClosable = ({ isForeign, held }: Place): boolean => (isForeign || this.#isRetired) && held === 0;
    const idle = [...this.#places].filter(([, place]) => isClosable(place));
    const recent = new Set(
      idle.slice(-MAX_IDLE_FOREIGN).filter(([, { leftAtMs }]) => isFresh(leftAtMs, IDLE_FOREIGN_MS, nowMs)),
    );
    for (const entry of idle) {
      if (recent.has(entry) && !this.#isRetired) continue;
      const [key, { pool }] = entry;
      this.#places.delete(key);
      pool?.then(({ carrier }) => carrier.close()).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    const pools = await Promise.allSettled([...this.#places.values()].map(({ pool }) => pool));
    this.#places.clear();
    await Promise.all(
      pools.map((pool) => (pool.status === 'fulfilled' ? pool.value?.carrier.destroy() : undefined)),
    );
  }

  #isCurrent({ checkedAtMs }: OpenPool): boolean {
    return isFresh(checkedAtMs, CERTIFICATES_AGE_MS, this.#settings.now());
  }

  async #reopen(known: OpenPool | undefined, url: URL, use: ConnectionUse): Promise<OpenPool> {
    const { env, now } = this.#settings;
    const checkedAtMs = now();
    // Whoever comes meanwhile keeps to the one that is known.
    if (known !== undefined) known.checkedAtMs = checkedAtMs;
    const proxy = proxyFor(url, env);
    const way: Way = {
      proxy,
      ownTrust: await this.#trustOf(url),
      proxyTrust: await this.#trustOfProxy(proxy),
    };
    const stamp = [way.ownTrust?.stamp, way.proxyTrust?.stamp].join(' ');
    if (known?.stamp === stamp) return known;
    // Lets what is under way end on the connections it began on.
    known?.carrier.close().catch(() => undefined);
    return { ...(await openWay(this.#settings, url, { use, way })), stamp, checkedAtMs };
  }

  /** Absent: without TLS nobody has to be trusted. */
  async #trustOf(url: URL): Promise<HostTrust | undefined> {
    if (url.protocol === 'http:') return undefined;
    const { tls, trust } = this.#settings;
    const verification = tls.skipVerify ? 'unverified' : 'verified';
    return await trust.of(tls.certsDir, this.#certificateNames(url), verification);
  }

  /** A proxy is no registry that may go unverified. */
  async #trustOfProxy(proxy: string | undefined): Promise<HostTrust | undefined> {
    if (proxy === undefined || !proxy.startsWith('https:')) return undefined;
    const { tls, trust } = this.#settings;
    const { host, hostname } = new URL(proxy);
    return await trust.of(tls.certsDir, [...new Set([host, hostname])], 'verified');
  }

  /** The folders that docker and skopeo look into: the host with and without its port; Docker Hub by its own name. */
  #certificateNames(url: URL): readonly string[] {
    const { registry, apiHost } = this.#settings;
    const own = url.host === apiHost ? [registry] : [];
    return [...new Set([...own, url.host, url.hostname])];
  }
}

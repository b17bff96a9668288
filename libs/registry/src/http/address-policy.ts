import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { SyncError } from '@regfleet/model';
import { type AddressReach, addressReach, hostReach } from './address-reach.ts';
import { joinedLookup } from './joined-lookup.ts';
import { bareHost } from './no-proxy.ts';
import { type Lookup, SharedLookups } from './shared-lookups.ts';

/**
 * Why a request goes to a host that the operator did not name: a `redirect` of a download carries no credentials, and
 * what comes is checked by its digest; a `service` (token realm, upload) is given something.
 */
export type ForeignUse = 'redirect' | 'service';

/** Of all registries: they share the threads that it takes. */
const systemLookup = joinedLookup(lookup);

/**
 * Where a registry lives, and so which addresses it may send us to.
 *
 * A registry must not use us to reach loopback, link-local and special-purpose addresses, nor private ones with
 * credentials or content, unless it lives on such an address itself; and the metadata of clouds never. Names are checked when they are resolved for the connection, so
 * a name that changes its address between check and use gains nothing.
 *
 * Whoever owns the name of a registry writes its addresses, so what a name resolves to proves nothing: it lives where it
 * was connected to, and on this machine only where all of its addresses are.
 */
export class AddressPolicy {
  readonly #registry: string;
  readonly #lookup: Lookup;
  readonly #lookups: SharedLookups;
  readonly #own = new Set<AddressReach>();
  /** What the registry's name resolved to last; empty: it is an address. */
  #resolved: readonly AddressReach[] = [];

  /**
   * @param registry - host with optional port.
   * @param resolver - resolves names; absent: this machine does.
   */
  constructor(registry: string, resolver: Lookup = systemLookup) {
    this.#registry = registry;
    this.#lookup = resolver;
    this.#lookups = new SharedLookups(resolver);
    const reach = hostReach(this.#ownName);
    if (reach) this.#own.add(reach);
  }

  /** @throws {SyncError} `REDIRECT_REFUSED` where the host's name alone shows that it may not be asked. */
  check(url: URL, use: ForeignUse): void {
    const reach = hostReach(bareHost(url.hostname));
    if (reach !== undefined && !this.#permits(reach, use)) throw this.#refusal(url.host, reach);
  }

  /**
   * The same for a host that a proxy resolves, by what its name resolves to here.
   *
   * The proxy may see other addresses, so what filters and name servers put in place of an answer (`special-purpose`)
   * convicts nobody, nor does one address of several. Whether the registry lives in a private network nobody can see
   * through a proxy, so there its own name has to do.
   *
   * @param limitMs - for each name to be resolved.
   * @returns false: what the name resolves to is not known here.
   * @throws {SyncError} `REDIRECT_REFUSED` where none of its addresses may be asked.
   */
  async checkProxied(url: URL, use: ForeignUse, limitMs: number): Promise<boolean> {
    const all = await this.#reachesOf(bareHost(url.hostname), limitMs);
    const reaches = all.filter((reach) => reach !== 'special-purpose');
    const [first] = reaches;
    if (first === undefined) return false;
    if (reaches.some((reach) => this.#permits(reach, use))) return true;
    const own = reaches.includes('private') ? await this.#reachesOf(this.#ownName, limitMs) : [];
    if (own.length > 0 && own.every((reach) => reach === 'private')) return true;
    throw this.#refusal(url.host, first, {
      hint: 'does the DNS of this machine answer with another address than that of the proxy?',
    });
  }

  /** Of all addresses of a host; empty: it has none here, or they do not come in time. */
  async #reachesOf(hostname: string, limitMs: number): Promise<readonly AddressReach[]> {
    const told = hostReach(hostname);
    if (told !== undefined) return [told];
    const addresses = await this.#lookups.of(hostname, limitMs);
    return addresses.map(({ address }) => addressReach(address));
  }

  get #ownName(): string {
    const url = `https://${this.#registry}`;
    return URL.canParse(url) ? bareHost(new URL(url).hostname) : '';
  }

  /** Resolves names of the registry's own host. */
  readonly ownLookup: LookupFunction = (hostname, options, callback) =>
    this.#resolve(hostname, options, callback, (addresses) => {
      this.#resolved = addresses.map(({ address }) => addressReach(address));
      return addresses;
    });

  /** A connection to the registry's own host stands, so that is where it lives. @param address - its end. */
  connected(address: string): void {
    const reach = addressReach(address);
    if (isNear(reach) && !this.#resolved.every(isNear)) return;
    this.#own.add(reach);
  }

  /** Resolves names of hosts that the operator chose. */
  readonly operatorLookup: LookupFunction = (hostname, options, callback) =>
    this.#resolve(hostname, options, callback, (addresses) => addresses);

  /** Resolves names of other hosts to the addresses that may be asked; an error where none is left. */
  foreignLookup(use: ForeignUse): LookupFunction {
    return (hostname, options, callback) =>
      this.#resolve(hostname, options, callback, (addresses) => {
        const open = addresses.filter(({ address }) => this.#permits(addressReach(address), use));
        const [first] = addresses;
        if (open.length > 0 || first === undefined) return open;
        throw this.#refusal(hostname, addressReach(first.address));
      });
  }

  #permits(reach: AddressReach, use: ForeignUse): boolean {
    if (reach === 'metadata') return false;
    if (reach === 'public' || this.#own.has(reach)) return true;
    return reach === 'private' && (use === 'redirect' || this.#own.has('loopback'));
  }

  #refusal(host: string, reach: AddressReach, { hint }: { readonly hint?: string } = {}): SyncError {
    const reason =
      reach === 'metadata'
        ? 'clouds tell machines their secrets there; is the configuration of the registry right?'
        : `a registry may name ${reach} addresses only when it lives on one itself; is its configuration right?`;
    return new SyncError('REDIRECT_REFUSED', {
      message: `${this.#registry} sends us to ${host}, which is a ${reach} address`,
      hint: hint === undefined ? reason : `${reason} Or ${hint}`,
      registry: this.#registry,
    });
  }

  #resolve(
    hostname: string,
    options: LookupOptions,
    callback: Parameters<LookupFunction>[2],
    select: (addresses: LookupAddress[]) => LookupAddress[],
  ): void {
    this.#lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      try {
        const selected = select(addresses);
        const [first] = selected;
        if (options.all || first === undefined) callback(null, selected);
        else callback(null, first.address, first.family);
      } catch (refusal) {
        callback(refusal instanceof Error ? refusal : new Error(String(refusal)), []);
      }
    });
  }
}

const isNear = (reach: AddressReach): boolean =>
  reach === 'loopback' || reach === 'link-local' || reach === 'metadata';

import { isSyncError, SyncError } from '@regfleet/model';
import { hostReach } from './address-reach.ts';
import type { Answer } from './answer.ts';
import { bareHost } from './no-proxy.ts';
import type { Transport } from './transport.ts';
import { urlAt } from './url-at.ts';
import type { WireRequest } from './wire-request.ts';

export interface EndpointRequest extends Omit<WireRequest, 'authorization' | 'namedBy' | 'url'> {
  readonly authorization: string | undefined;
}

// A proxy may refuse tunnels only (`REQUEST_REFUSED`).
const NO_TLS: ReadonlySet<string> = new Set(['NETWORK_FAILED', 'REQUEST_REFUSED', 'TLS_FAILED', 'TIMED_OUT']);
const SPEAKS_NO_TLS = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/;
const CERTIFICATE = /CERT|UNABLE_TO_|INVALID_CA|ALTNAME/;

/**
 * Where a registry's API is: its host, and whether it speaks TLS.
 *
 * Plain HTTP is tried only after TLS failed, and only on hosts of this machine and of private networks or where the
 * operator waived verification. What answered first is kept to.
 */
export class Endpoint {
  readonly transport: Transport;
  readonly #host: string;
  readonly #mayBePlain: boolean;
  readonly #lastRequests = new Set<Promise<void>>();
  readonly #origins = new Map<'http' | 'https', string>();
  #scheme: 'http' | 'https' | undefined;

  constructor(transport: Transport) {
    const { apiHost, tls } = transport.settings;
    this.transport = transport;
    this.#host = apiHost;
    this.#mayBePlain = tls.skipVerify || isNearby(apiHost);
    if (!this.#mayBePlain) this.#scheme = 'https';
  }

  /** True: it has answered without TLS, having failed with it. */
  get isPlain(): boolean {
    return this.#scheme === 'http';
  }

  /** True for URLs of the registry itself: on its host, and by TLS where it speaks TLS. */
  isOwn(url: URL): boolean {
    return this.#scheme !== undefined && url.origin === this.#origin(this.#scheme);
  }

  /**
   * A URL that a server gave for the registry's API, as path and query; absent: it is on another host.
   *
   * Registries behind a proxy that ends TLS may call themselves http:// and by another port; that is not another place.
   */
  ownPath(url: URL): string | undefined {
    const own = new URL(this.#origin(this.#scheme ?? 'https'));
    const isOwn =
      url.hostname === own.hostname &&
      (url.port === own.port || url.port === '' || url.protocol !== own.protocol);
    return isOwn ? `${url.pathname}${url.search}` : undefined;
  }

  /**
   * @param path - from the root, with its query.
   * @param request.authorization - belongs to the registry.
   */
  send(path: string, request: EndpointRequest): Promise<Answer> {
    return this.#scheme === undefined
      ? this.#sendFirst(path, request)
      : this.#sendBy(this.#scheme, path, request);
  }

  #sendBy(scheme: 'http' | 'https', path: string, request: EndpointRequest): Promise<Answer> {
    const origin = this.#origin(scheme);
    const { authorization: value } = request;
    const authorization = value === undefined ? undefined : { value, origin };
    return this.transport.send({ ...request, url: urlAt(origin, path), authorization, namedBy: 'operator' });
  }

  /** Finds out whether it speaks TLS. */
  async #sendFirst(path: string, request: EndpointRequest): Promise<Answer> {
    const send = (scheme: 'http' | 'https', isRepeatable: boolean): Promise<Answer> =>
      this.#sendBy(scheme, path, { ...request, isRepeatable });
    const secured = await send('https', false).catch((error: unknown) => {
      if (isSyncError(error) && NO_TLS.has(error.code) && !CERTIFICATE.test(error.message)) return error;
      throw error;
    });
    if (!isSyncError(secured)) {
      this.#scheme = 'https';
      if (secured.status < 500 || !request.isRepeatable) return secured;
      await secured.discard();
      return await send('https', true);
    }
    if (SPEAKS_NO_TLS.test(secured.message)) {
      this.#scheme = 'http';
      return await send('http', request.isRepeatable);
    }
    const plain = await send('http', request.isRepeatable).catch((error: unknown) => {
      request.signal?.throwIfAborted();
      throw isSyncError(error) ? bothFailures(secured, error) : error;
    });
    // A server that expects TLS answers requests in the clear with 400.
    if (plain.status === 400) {
      await plain.discard();
      throw secured;
    }
    this.#scheme = 'http';
    return plain;
  }

  /** Lets `close` wait for a request whose answer nobody else wants. @param request - never rejects, and ends in moments. */
  outlast(request: Promise<void>): Promise<void> {
    const outlasting = request.finally(() => this.#lastRequests.delete(outlasting));
    this.#lastRequests.add(outlasting);
    return outlasting;
  }

  async close(): Promise<void> {
    await Promise.all(this.#lastRequests);
    await this.transport.close();
  }

  #origin(scheme: 'http' | 'https'): string {
    const known = this.#origins.get(scheme);
    if (known !== undefined) return known;
    const { origin } = new URL(`${scheme}://${this.#host}`);
    this.#origins.set(scheme, origin);
    return origin;
  }
}

/** What to tell where neither attempt was answered: the one that got further, with what the other one met. */
function bothFailures(secured: SyncError, plain: SyncError): SyncError {
  if (plain.message === secured.message) return secured;
  const gotFurther = UNANSWERED.has(plain.code) ? secured : plain;
  const other = gotFurther === plain ? `by TLS: ${secured.message}` : `without TLS: ${plain.message}`;
  return new SyncError(gotFurther.code, {
    ...gotFurther.toJSON(),
    message: `${gotFurther.message}; ${other}`,
    cause: gotFurther,
  });
}

const UNANSWERED: ReadonlySet<string> = new Set(['NETWORK_FAILED', 'TIMED_OUT']);

/** True for hosts that are commonly run without TLS: this machine, `*.local`, private networks. */
function isNearby(host: string): boolean {
  if (!URL.canParse(`http://${host}`)) return false;
  const name = bareHost(new URL(`http://${host}`).hostname);
  const reach = hostReach(name);
  return reach === 'loopback' || reach === 'private' || name.endsWith('.local');
}

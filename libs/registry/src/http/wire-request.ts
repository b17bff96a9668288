import type { Readable } from 'node:stream';
import type { ForeignUse } from './address-policy.ts';
import type { Authorization } from './authorization.ts';

/** One request as it is sent. */
export interface WireRequest {
  readonly method: 'DELETE' | 'GET' | 'HEAD' | 'PATCH' | 'POST' | 'PUT';
  readonly url: URL;
  /** Without `authorization`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent along as long as the URL stays where it belongs. */
  readonly authorization?: Authorization | undefined;
  /** A function is called once per attempt. */
  readonly body?: string | Uint8Array | (() => Readable) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Sending it twice does no harm, so failures are repeated. */
  readonly isRepeatable: boolean;
  /** Blobs; see `ConnectionUse`. */
  readonly isTransfer?: boolean | undefined;
  /** It is answered once the registry has stored what was sent; see `Timeouts.commitMs`. */
  readonly isCommit?: boolean | undefined;
  /** What comes is checked by a digest that is known, so a redirect may lead from TLS to plain HTTP. */
  readonly isVerified?: boolean | undefined;
  /** Who brought up the URL; what a registry brings up is checked unless it is on the registry's own host. */
  readonly namedBy: 'operator' | ForeignUse;
  /** The host that was asked first, where a redirect led to another. */
  readonly redirectedBy?: string | undefined;
}

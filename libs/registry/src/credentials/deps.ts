import type { Logger } from '@regfleet/model';
import type { HttpClient } from '../http/contract.ts';
import type { Environment } from '../http/proxy.ts';
import type { Clouds } from './clouds.ts';

/** What providers and listers are given. */
export interface CredentialDeps {
  /** The cloud SDKs read `process.env` themselves. */
  readonly env: Environment;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** As the location's TLS settings have it. */
  readonly http: HttpClient;
  /** What Google's library sends its requests by; absent: that of `clouds`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** How long a cloud identity or helper is waited for. */
  readonly loginTimeoutMs: number;
  /** The same for all locations of a process. */
  readonly clouds: Clouds;
}

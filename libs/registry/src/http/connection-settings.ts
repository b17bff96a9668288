import type { TlsSettings } from '@regfleet/model';
import type { AddressPolicy, ForeignUse } from './address-policy.ts';
import type { HttpClientName } from './http-client.ts';
import type { Environment } from './proxy.ts';
import type { Timeouts } from './timeouts.ts';
import type { TrustStore } from './trust-store.ts';

export interface ConnectionSettings {
  /** As in `RegistryClient.registry`, without a path. */
  readonly registry: string;
  /** The host whose addresses the registry itself lives on. */
  readonly apiHost: string;
  readonly tls: TlsSettings;
  readonly env: Environment;
  /** What carries requests that no proxy does. */
  readonly httpClient: HttpClientName;
  readonly timeouts: Timeouts;
  /** Connections for requests without large bodies. */
  readonly maxConnections: number;
  readonly trust: TrustStore;
  readonly addressPolicy: AddressPolicy;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export interface ConnectionUse {
  /**
   * True: blobs. They have connections of their own without a limit, because copies within one registry hold a
   * download while they wait for an upload; how many there are is the relay's to bound.
   */
  readonly isTransfer: boolean;
  /** Absent: the operator named the host. */
  readonly foreign?: ForeignUse | undefined;
}

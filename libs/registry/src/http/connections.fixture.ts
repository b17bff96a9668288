import { silentLogger } from '@regfleet/model';
import { AddressPolicy } from './address-policy.ts';
import { type ConnectionSettings, Connections } from './connections.ts';
import { DEFAULT_TIMEOUTS } from './timeouts.ts';
import { TrustStore } from './trust-store.ts';

/** Those of a registry `registry.test` without certificates. */
export function connectionSettings(settings: Partial<ConnectionSettings> = {}): ConnectionSettings {
  return {
    registry: 'registry.test',
    apiHost: 'registry.test',
    tls: { skipVerify: false, certsDir: '/does/not/exist' },
    env: {},
    timeouts: DEFAULT_TIMEOUTS,
    maxConnections: 4,
    trust: new TrustStore(silentLogger),
    addressPolicy: new AddressPolicy('registry.test'),
    now: Date.now,
    ...settings,
  };
}

/** Disposed of with `await using`. */
export const connectionsOf = (settings: ConnectionSettings): Connections & AsyncDisposable => {
  const connections = new Connections(settings);
  return Object.assign(connections, { [Symbol.asyncDispose]: () => connections.close() });
};

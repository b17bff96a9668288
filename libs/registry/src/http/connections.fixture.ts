import { silentLogger } from '@regfleet/model';
import { AddressPolicy } from './address-policy.ts';
import type { Carrier } from './carrier.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { Connections } from './connections.ts';
import { Exchange } from './exchange.ts';
import { httpClientOf } from './http-client.ts';
import { DEFAULT_TIMEOUTS } from './timeouts.ts';
import { TrustStore } from './trust-store.ts';

/** Those of a registry `registry.test` without certificates. */
export function connectionSettings(settings: Partial<ConnectionSettings> = {}): ConnectionSettings {
  return {
    registry: 'registry.test',
    apiHost: 'registry.test',
    tls: { skipVerify: false, certsDir: '/does/not/exist' },
    env: {},
    httpClient: httpClientOf(process.env),
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

/** Sends a GET. @returns its answer, whose text is read when it is asked for. */
export async function ask(carrier: Carrier, url: URL, headers: Record<string, string> = {}) {
  const nothing = (): void => undefined;
  const exchange = new Exchange({ method: 'GET', signal: undefined, onInterim: nothing, onEnd: nothing });
  const { origin, pathname: path } = url;
  const request = { origin, path, method: 'GET', headers, body: null, headersTimeout: 10_000 };
  carrier.dispatch({ ...request, reset: false }, exchange);
  const { status, body } = await exchange.head;
  const text = async (): Promise<string> => {
    let read = '';
    for (let piece = await body?.read(); piece !== undefined; piece = await body?.read()) read += piece;
    return read;
  };
  return { status, text };
}

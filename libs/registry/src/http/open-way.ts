import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { Carrier } from './carrier.ts';
import { ClientCertificate } from './client-certificate.ts';
import type { ConnectionSettings, ConnectionUse } from './connection-settings.ts';
import { lendingConnector } from './lent-buffer.ts';
import { sharedReadsConnector } from './socket-reads.ts';
import { SocketPool } from './sockets/socket-pool.ts';
import type { HostTrust } from './trust-store.ts';

// Below the idle timeouts of the servers and balancers in common use, so that they rarely close what we reuse.
const KEEP_ALIVE_MS = 15_000;

/** How an origin is reached. */
export interface Way {
  /** As a URL; absent: by none. */
  readonly proxy: string | undefined;
  /** Of the far end; absent: no TLS. */
  readonly ownTrust: HostTrust | undefined;
  readonly proxyTrust: HostTrust | undefined;
}

/** What a way is made of, once. */
export interface OpenWay {
  readonly carrier: Carrier;
  readonly clientCertificate: ClientCertificate;
  /** Host and port; absent: the way leads by none. */
  readonly proxy?: string;
}

/** Makes what requests to an origin go by. Nothing is connected to yet. */
export async function openWay(
  settings: ConnectionSettings,
  url: URL,
  { use, way }: { readonly use: ConnectionUse; readonly way: Way },
): Promise<OpenWay> {
  const { timeouts, tls, maxConnections } = settings;
  const clientCertificate = new ClientCertificate(way.ownTrust?.clientCertificates ?? []);
  const limits = {
    connections: use.isTransfer ? null : maxConnections,
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.silenceMs,
    connectTimeout: timeouts.connectMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    allowH2: false,
  };
  const secured = {
    ...(way.ownTrust && { secureContext: way.ownTrust.context, rejectUnauthorized: !tls.skipVerify }),
    timeout: timeouts.connectMs,
    allowH2: false,
  };
  if (way.proxy !== undefined) {
    const proxyTls = {
      lookup: settings.addressPolicy.operatorLookup,
      ...(way.proxyTrust && { secureContext: way.proxyTrust.context }),
    };
    // Few need it, and its library takes a while to load.
    const { createProxyAgent } = await import('./proxy-agent.ts');
    return {
      carrier: createProxyAgent({ ...limits, uri: way.proxy, requestTls: secured, proxyTls }),
      clientCertificate,
      proxy: new URL(way.proxy).host,
    };
  }
  const connectOptions = { ...secured, lookup: lookupFor(settings, url, use) };
  const watched = (connect: buildConnector.connector): buildConnector.connector =>
    clientCertificate.watch(url.host === settings.apiHost ? noted(settings, connect) : connect);
  const open = settings.httpClient === 'sockets' ? socketCarrier : undiciCarrier;
  // Node decrypts into a buffer again before its reader has had a turn.
  const isLending = use.isTransfer && url.protocol === 'http:';
  return { carrier: await open(url, { limits, connectOptions, watched, isLending }), clientCertificate };
}

interface CarrierParts {
  readonly limits: {
    readonly connections: number | null;
    readonly headersTimeout: number;
    readonly bodyTimeout: number;
    readonly keepAliveTimeout: number;
  };
  readonly connectOptions: buildConnector.BuildOptions;
  readonly watched: (connect: buildConnector.connector) => buildConnector.connector;
  /** Pieces of bodies are views of a buffer that is read into again (`lent-buffer.ts`). */
  readonly isLending: boolean;
}

function socketCarrier(url: URL, parts: CarrierParts): Carrier {
  const { limits, connectOptions, watched, isLending } = parts;
  const connector = url.protocol === 'http:' ? sharedReadsConnector : buildConnector;
  return new SocketPool(url.origin, { ...limits, connect: watched(connector(connectOptions)), isLending });
}

async function undiciCarrier(url: URL, parts: CarrierParts): Promise<Carrier> {
  const { limits, connectOptions, watched, isLending } = parts;
  const connector = isLending ? lendingConnector : buildConnector;
  const { createPool } = await import('./undici-pool.ts');
  return createPool(url.origin, { ...limits, connect: watched(connector(connectOptions)) });
}

/** Tells where the registry itself was reached. */
function noted(
  { addressPolicy }: ConnectionSettings,
  connect: buildConnector.connector,
): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...outcome) => {
      const [, socket] = outcome;
      if (socket?.remoteAddress) addressPolicy.connected(socket.remoteAddress);
      callback(...outcome);
    });
}

function lookupFor(
  { addressPolicy, apiHost }: ConnectionSettings,
  url: URL,
  use: ConnectionUse,
): LookupFunction {
  if (use.foreign !== undefined && url.host !== apiHost) return addressPolicy.foreignLookup(use.foreign);
  if (url.host === apiHost) return addressPolicy.ownLookup;
  return addressPolicy.operatorLookup;
}

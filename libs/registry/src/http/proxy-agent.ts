import { isIP } from 'node:net';
import { keepSecret } from '@regfleet/model';
import { Agent, type buildConnector, type Dispatcher, Pool, ProxyAgent, Socks5ProxyAgent } from 'undici';

interface ProxyOptions extends ProxyAgent.Options {
  readonly uri: string;
  readonly connectTimeout: number;
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
}

/** Connections by a proxy, which has as long to open a tunnel as to be connected to. */
export function createProxyAgent(options: ProxyOptions): Dispatcher {
  const { uri, connectTimeout, headersTimeout, bodyTimeout } = options;
  const { protocol, username, password } = new URL(uri);
  const isSocks = protocol.startsWith('socks');
  if (isSocks) hearAnnouncement(uri);
  // What refuses a request may well repeat it.
  if (password !== '') keepSecret(decodeURIComponent(password), decodeURIComponent(username));
  const { proxyTls, ...others } = options;
  const agent = new ProxyAgent({
    ...others,
    // With any, undici takes a SOCKS proxy for one by TLS.
    ...(!isSocks && proxyTls && { proxyTls }),
    // None of the limits reach the client that asks for tunnels: https://github.com/nodejs/undici/blob/v8.13.1/lib/dispatcher/proxy-agent.js#L199
    clientFactory: (origin, connecting) =>
      new Pool(origin, { ...withoutAddressAsName(connecting), headersTimeout: connectTimeout }),
    factory: (origin, connecting) => new Pool(origin, withoutAddressAsName(connecting)),
  });
  // Nor the pools for what goes in the clear, or by SOCKS.
  return agent.compose(
    (dispatch) => (request, handler) => dispatch({ headersTimeout, bodyTimeout, ...request }, handler),
  );
}

/** Connections without a proxy. */
export const createAgent = (options: Agent.Options): Dispatcher => new Agent(options);

/** undici gives an address as the name that a proxy's certificate is for, which Node complains of on standard error. */
function withoutAddressAsName(options: Pool.Options): Pool.Options {
  const { connect } = options;
  if (typeof connect !== 'function') return options;
  const named: buildConnector.connector = ({ servername = '', ...where }, callback) =>
    connect({ ...where, ...(isIP(servername) === 0 && { servername }) }, callback);
  return { ...options, connect: named };
}

let hasHeardAnnouncement = false;

/** undici announces once that its SOCKS is young, past our log on standard error. */
function hearAnnouncement(uri: string): void {
  if (hasHeardAnnouncement) return;
  hasHeardAnnouncement = true;
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    new Socks5ProxyAgent(uri).destroy();
  } finally {
    process.emitWarning = emitWarning;
  }
}

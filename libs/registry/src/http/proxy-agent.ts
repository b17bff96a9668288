import { keepSecret } from '@regfleet/model';
import { type Dispatcher, Pool, ProxyAgent } from 'undici';

interface ProxyOptions extends ProxyAgent.Options {
  readonly uri: string;
  readonly connectTimeout: number;
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
}

/** Connections by a proxy, which has as long to open a tunnel as to be connected to. */
export function createProxyAgent(options: ProxyOptions): Dispatcher {
  const { uri, connectTimeout, headersTimeout, bodyTimeout } = options;
  const { username, password } = new URL(uri);
  // What refuses a request may well repeat it.
  if (password !== '') keepSecret(decodeURIComponent(password), decodeURIComponent(username));
  const agent = new ProxyAgent({
    ...options,
    // None of the limits reach the client that asks for tunnels: https://github.com/nodejs/undici/blob/v8.13.1/lib/dispatcher/proxy-agent.js#L199
    clientFactory: (origin, connecting) =>
      new Pool(origin, { ...connecting, headersTimeout: connectTimeout }),
  });
  // Nor the pools for what goes in the clear, or by SOCKS.
  return agent.compose(
    (dispatch) => (request, handler) => dispatch({ headersTimeout, bodyTimeout, ...request }, handler),
  );
}

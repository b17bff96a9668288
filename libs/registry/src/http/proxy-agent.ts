import { Pool, ProxyAgent } from 'undici';

/** Connections by a proxy, which has as long to open a tunnel as to be connected to. */
export const createProxyAgent = (
  options: ProxyAgent.Options & { readonly connectTimeout: number },
): ProxyAgent =>
  new ProxyAgent({
    ...options,
    // None of the limits reach the client that asks for tunnels: https://github.com/nodejs/undici/blob/v8.13.1/lib/dispatcher/proxy-agent.js#L199
    clientFactory: (origin, connecting) =>
      new Pool(origin, { ...connecting, headersTimeout: options.connectTimeout }),
  });

import { Agent, type Dispatcher } from 'undici';
import { type Environment, proxyFor } from './proxy.ts';
import { createProxyAgent } from './proxy-agent.ts';

// Calls of seconds at most; without them a silent endpoint would hold its caller for ever.
const LIMITS = { connectTimeout: 5_000, headersTimeout: 30_000, bodyTimeout: 30_000 };

/** The connections of the clouds' own libraries: by the proxies of the environment, as those to registries go. */
export class ProxiedDispatchers {
  readonly #env: Environment;
  readonly #opened = new Map<string, Dispatcher>();

  constructor(env: Environment) {
    this.#env = env;
  }

  /** @throws {SyncError} `CONFIG_INVALID` when the environment names no usable proxy. */
  to(url: URL): Dispatcher {
    const proxy = proxyFor(url, this.#env) ?? '';
    const known = this.#opened.get(proxy);
    if (known !== undefined) return known;
    const opened = proxy === '' ? new Agent(LIMITS) : createProxyAgent({ ...LIMITS, uri: proxy });
    this.#opened.set(proxy, opened);
    return opened;
  }

  /** Ends what is under way, too. */
  async close(): Promise<void> {
    const opened = [...this.#opened.values()];
    this.#opened.clear();
    await Promise.all(opened.map((dispatcher) => dispatcher.destroy()));
  }
}

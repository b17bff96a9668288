import type { Dispatcher } from 'undici';
import { type Environment, proxyFor } from './proxy.ts';
import { explainProxy } from './proxy-answer.ts';

// Calls of seconds at most; without them a silent endpoint would hold its caller for ever.
const LIMITS = { connectTimeout: 5_000, headersTimeout: 30_000, bodyTimeout: 30_000 };

type CloudRequest = Pick<Dispatcher.RequestOptions, 'method' | 'headers' | 'body' | 'signal'>;

/** The connections of the clouds' own libraries: by the proxies of the environment, as those to registries go. */
export class ProxiedDispatchers {
  readonly #env: Environment;
  readonly #limits: typeof LIMITS;
  readonly #opened = new Map<string, Promise<Dispatcher>>();

  /** @param limits - milliseconds; default what suits calls of clouds. */
  constructor(env: Environment, limits = LIMITS) {
    this.#env = env;
    this.#limits = limits;
  }

  /**
   * @throws {SyncError} `CONFIG_INVALID` when the environment names no usable proxy, `REQUEST_REFUSED` and `NETWORK_FAILED`
   * for what a proxy answered itself; else undici's errors.
   */
  async request(url: URL, request: CloudRequest): Promise<Dispatcher.ResponseData> {
    const proxy = proxyFor(url, this.#env);
    const place = { origin: url.origin, path: `${url.pathname}${url.search}` };
    try {
      const dispatcher = await this.#by(proxy ?? '');
      return await dispatcher.request({ ...place, ...request });
    } catch (error) {
      throw proxy === undefined
        ? error
        : explainProxy(error, { proxy: new URL(proxy).host, registry: url.host });
    }
  }

  #by(proxy: string): Promise<Dispatcher> {
    const known = this.#opened.get(proxy);
    if (known !== undefined) return known;
    const opened = this.#open(proxy);
    this.#opened.set(proxy, opened);
    // A failure is not kept.
    opened.catch(() => this.#opened.delete(proxy));
    return opened;
  }

  /** Loaded for the first of them: a login by a password needs none. */
  async #open(proxy: string): Promise<Dispatcher> {
    const { createAgent, createProxyAgent } = await import('./proxy-agent.ts');
    return proxy === '' ? createAgent(this.#limits) : createProxyAgent({ ...this.#limits, uri: proxy });
  }

  /** Ends what is under way, too. */
  async close(): Promise<void> {
    const opened = [...this.#opened.values()];
    this.#opened.clear();
    await Promise.all(opened.map(async (opening) => (await opening).destroy()));
  }
}

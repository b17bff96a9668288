import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type RunningProcess, startProcess, startRedis, type TestRedis } from '@regfleet/harness';
import type { ClientSettings, ClientTold } from './client.ts';
import { MeteredRegistry, type MeteredRegistryOptions } from './metered-registry.ts';

const CLIENT = fileURLToPath(new URL('client.ts', import.meta.url));
const STARTED_WITHIN_MS = 60_000;

/** What came in a while. */
export interface Counted {
  readonly perSecond: number;
  readonly refusedShare: number;
  /** Taken, since the registry was too late to say whether they came too soon. */
  readonly unjudgedShare: number;
}

/** Several processes that ask one registry for as much as they are let. */
export class LimitedFleet {
  readonly registry: MeteredRegistry;
  readonly #redis: TestRedis;
  readonly #prefix = randomUUID();
  readonly #clients: RunningProcess[] = [];

  private constructor(redis: TestRedis, registry: MeteredRegistry) {
    this.#redis = redis;
    this.registry = registry;
  }

  static async start(options: MeteredRegistryOptions): Promise<LimitedFleet> {
    const registry = new MeteredRegistry(options);
    const [redis] = await Promise.all([startRedis(), registry.start()]);
    return new LimitedFleet(redis, registry);
  }

  /** Returns once all of them ask. */
  async ask(
    clients: readonly Partial<ClientSettings>[],
    common: Pick<ClientSettings, 'rates'>,
  ): Promise<void> {
    const settings = clients.map((own) => ({
      redis: this.#redis.url,
      prefix: this.#prefix,
      registry: this.registry.host,
      egress: 'default',
      atOnce: 4,
      ...common,
      ...own,
    }));
    const started = await Promise.all(
      settings.map((each) => startProcess([process.execPath, CLIENT, JSON.stringify(each)])),
    );
    this.#clients.push(...started);
    await Promise.all(started.map((client) => client.waitForLine(/^asking$/, STARTED_WITHIN_MS)));
  }

  /** What the registry counts in a while. */
  async count(seconds: number): Promise<Counted> {
    this.registry.reset();
    const sinceMs = performance.now();
    // Time is what is measured here: how many come in so much of it.
    await pause(seconds * 1000);
    const { taken, refused, unjudged } = this.registry;
    return {
      perSecond: (taken * 1000) / (performance.now() - sinceMs),
      refusedShare: refused / (taken + refused),
      unjudgedShare: unjudged / (taken + refused),
    };
  }

  /** Has all of them end. */
  async end(): Promise<ClientTold> {
    const ends = this.#clients.splice(0).map(async (client) => {
      client.kill();
      await client.exited;
      const line = client.stdout().trim().split('\n').at(-1) ?? '';
      if (!line.startsWith('{')) throw new Error(`a client ended early: ${client.stderr()}`);
      return JSON.parse(line) as ClientTold;
    });
    const told = await Promise.all(ends);
    return {
      answered: told.reduce((sum, { answered }) => sum + answered, 0),
      failures: told.flatMap(({ failures }) => failures),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.stop()));
    await this.registry.stop();
    await this.#redis.stop();
  }
}

/** So many with the same settings. */
export const clients = (count: number, own: Partial<ClientSettings> = {}): Partial<ClientSettings>[] =>
  Array.from({ length: count }, () => own);

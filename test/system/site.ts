import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type RedisOptions,
  Regfleet,
  type RegistryOptions,
  type Resource,
  type RunningService,
  startRedis,
  startRegistry,
  type TemporaryFolder,
  type TestRedis,
  type TestRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import { stringify } from 'yaml';

/** The parts of a run record that tests read. */
export interface Run {
  readonly id: string;
  readonly task?: string;
  readonly outcome?: string;
  readonly expanded: boolean;
  readonly counts: Readonly<
    Record<
      | 'repositories'
      | 'listed'
      | 'selected'
      | 'inSync'
      | 'enqueued'
      | 'copied'
      | 'unchanged'
      | 'failed'
      | 'skipped',
      number
    >
  >;
  readonly errors: readonly { code: string; message: string; side?: string; reference?: string }[];
}

/** A Redis, two registries and a folder for configs: what a mirror needs besides ourselves. */
export class Site implements AsyncDisposable {
  readonly redis: TestRedis;
  readonly source: TestRegistry;
  readonly target: TestRegistry;
  readonly folder: TemporaryFolder;
  readonly #resources: Resource[];

  private constructor(parts: {
    redis: TestRedis;
    source: TestRegistry;
    target: TestRegistry;
    folder: TemporaryFolder;
  }) {
    this.redis = parts.redis;
    this.source = parts.source;
    this.target = parts.target;
    this.folder = parts.folder;
    this.#resources = [parts.folder, parts.redis, parts.source, parts.target];
  }

  static async start(
    options: { source?: RegistryOptions; target?: RegistryOptions; redis?: RedisOptions } = {},
  ): Promise<Site> {
    const [redis, source, target, folder] = await Promise.all([
      startRedis({ persistent: true, ...options.redis }),
      startRegistry(options.source),
      startRegistry(options.target),
      temporaryFolder(),
    ]);
    return new Site({ redis, source, target, folder });
  }

  /** The command with a config of this site: `redis` is filled in, the rest is given. */
  async command(config: Record<string, unknown>, env?: Readonly<Record<string, string>>): Promise<Regfleet> {
    const file = join(this.folder.path, 'config.yaml');
    await writeFile(file, stringify({ redis: { url: this.redis.url }, ...config }));
    return new Regfleet({ config: file, ...(env !== undefined && { env }) });
  }

  /** Starts a service that ends with the site. */
  async serve(
    regfleet: Regfleet,
    service: 'scheduler' | 'worker' | 'up',
    flags: readonly string[] = [],
  ): Promise<RunningService> {
    const started = await regfleet.start(service, flags);
    this.#resources.push(started.process);
    return started;
  }

  /** Everything that `stop`s with the site. */
  keep<Started extends Resource>(resource: Started): Started {
    this.#resources.push(resource);
    return resource;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const resource of this.#resources.toReversed()) await resource.stop();
  }
}

/** A location of a plain-HTTP registry of the harness. */
export const plain = (registry: TestRegistry): { registry: string; 'skip-tls-verify': boolean } => ({
  registry: registry.host,
  'skip-tls-verify': true,
});

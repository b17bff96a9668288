import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CountingProxy,
  countingProxy,
  hasBinary,
  Regfleet,
  type Resource,
  startRegistry,
  type TemporaryFolder,
  type TestRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import { stringify } from 'yaml';
import { takesReferrers } from './belongings.ts';
import { type FaultKind, LOCK_SECONDS } from './kinds.ts';
import type { Variant } from './plan.ts';
import { type RedisSite, startRedisSite } from './redis-site.ts';
import { ServiceSlot } from './service-slot.ts';

const WORKERS = 3;
const SCHEDULERS = 2;
// As if the registries were somewhere else; it makes the copies of a trial last as long as its faults.
const LATENCY_MS = 8;
const COMMAND_TIMEOUT_MS = 180_000;

// A rate that is found out from refusals that have nothing to do with it stays low for minutes.
const GIVEN_RATE = { 'requests-per-second': 400 };

/** What of the config is edited while everything runs. */
export interface ConfigEdit {
  readonly concurrency: number;
  /** A task more, which nobody fires. */
  readonly hasFurtherTask: boolean;
}

const AT_FIRST: ConfigEdit = { concurrency: 8, hasFurtherTask: false };

const OVERLAP = 'overlap';

const COMMANDS: Partial<Record<FaultKind, string>> = {
  'run cancelled': 'cancel',
  'task paused': 'pause',
  'registry paused': 'pause',
  'everything paused at once': 'pause',
};

interface Parts {
  readonly redis: RedisSite;
  readonly source: TestRegistry;
  readonly target: TestRegistry;
  readonly sourceProxy: CountingProxy;
  readonly targetProxy: CountingProxy;
  readonly folder: TemporaryFolder;
}

/** All that a trial needs: servers, the proxies that spoil them, and processes of ours. */
export class FaultSite implements AsyncDisposable {
  readonly parts: Parts;
  readonly regfleet: Regfleet;
  readonly services: readonly ServiceSlot[];
  /** Tasks by what is fired together. */
  readonly firings: readonly (readonly string[])[];
  /** By task, the repositories of the source that it mirrors. */
  readonly tasks: ReadonlyMap<string, readonly string[]>;
  /** A variable in the environment of every process of ours. */
  readonly mark: string;
  /** Where they put temporary files. */
  readonly temporary: string;
  #commands = '';
  readonly #resources: readonly Resource[];

  private constructor(parts: Parts, repositories: readonly string[]) {
    this.parts = parts;
    const { redis, source, target, sourceProxy, targetProxy, folder } = parts;
    this.#resources = [folder, source, target, ...redis.resources, sourceProxy, targetProxy];
    this.mark = `REGFLEET_TRIAL=${randomUUID()}`;
    this.temporary = join(folder.path, 'tmp');
    const [name = '', value = ''] = this.mark.split('=');
    this.regfleet = new Regfleet({
      config: this.#configFile,
      env: { [name]: value, TMPDIR: this.temporary },
      timeoutMs: COMMAND_TIMEOUT_MS,
    });
    this.tasks = new Map<string, readonly string[]>([
      ...repositories.map((repository) => [repository, [repository]] as [string, string[]]),
      // Asks for what others ask for as well, so that jobs are shared.
      [OVERLAP, repositories.slice(0, 2)],
    ]);
    const [first = '', ...others] = repositories;
    this.firings = [[first, OVERLAP], ...others.map((repository) => [repository])];
    this.services = [
      ...Array.from({ length: SCHEDULERS }, (_, number) => this.#slot('scheduler', number, [])),
      ...Array.from({ length: WORKERS }, (_, number) =>
        this.#slot('worker', number, ['--concurrency', '4', '--lock', String(LOCK_SECONDS)]),
      ),
    ];
  }

  /** Starts the servers; services are started by `startServices`. @param fill - fills the source, and says with what. */
  static async start<Content extends { readonly repositories: readonly string[] }>(
    variant: Variant,
    fill: (source: TestRegistry) => Promise<Content>,
  ): Promise<{ site: FaultSite; content: Content }> {
    const [folder, source, target, redis] = await Promise.all([
      temporaryFolder(),
      startRegistry(),
      startRegistry(),
      startRedisSite(variant),
    ]);
    const [content, sourceProxy, targetProxy] = await Promise.all([
      fill(source),
      countingProxy(source, { latencyMs: LATENCY_MS }),
      countingProxy(target, { latencyMs: LATENCY_MS }),
    ]);
    const site = new FaultSite(
      { redis, source, target, sourceProxy, targetProxy, folder },
      content.repositories,
    );
    await mkdir(site.temporary);
    await site.writeConfig();
    return { site, content };
  }

  /** False: the command that injects such a fault is not there. */
  has(kind: FaultKind): boolean {
    const command = COMMANDS[kind];
    return command === undefined || new RegExp(`^ +${command}\\b`, 'm').test(this.#commands);
  }

  async startServices(): Promise<void> {
    this.#commands = (await new Regfleet({}).run(['--help'])).stdout;
    await Promise.all(this.services.map((service) => service.start()));
  }

  /** Replaces the file at once, so that nobody reads half of it. */
  async writeConfig(edit: ConfigEdit = AT_FIRST): Promise<void> {
    const file = this.#configFile;
    await writeFile(`${file}.new`, stringify(this.#config(edit)));
    await rename(`${file}.new`, file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.services.map((service) => service.stop()));
    for (const resource of this.#resources.toReversed()) await resource.stop();
  }

  get #configFile(): string {
    return join(this.parts.folder.path, 'config.yaml');
  }

  #slot(role: 'scheduler' | 'worker', number: number, flags: readonly string[]): ServiceSlot {
    return new ServiceSlot(`${role}-${number}`, role, this.regfleet, flags);
  }

  #config({ concurrency, hasFurtherTask }: ConfigEdit): object {
    const { redis, sourceProxy, targetProxy } = this.parts;
    const task = (name: string, repositories: readonly string[], relay: string): object => ({
      name,
      relay,
      // Once a year: what runs here was fired by an operator.
      schedule: '0 0 1 1 *',
      source: { registry: sourceProxy.host, 'skip-tls-verify': true },
      target: { registry: targetProxy.host, 'skip-tls-verify': true },
      mappings: repositories.map((from) => ({ from, platform: 'all', referrers: takesReferrers(from) })),
    });
    const tasks = [...this.tasks].map(([name, repositories]) => task(name, repositories, relayOf(name)));
    return {
      watch: true,
      redis: { url: redis.url },
      retries: { attempts: 8, backoff: '2s', 'max-backoff': '8s' },
      limits: { 'min-rate-window': '5s' },
      registries: {
        [sourceProxy.host]: { concurrency, ...GIVEN_RATE },
        [targetProxy.host]: GIVEN_RATE,
      },
      tasks: hasFurtherTask ? [...tasks, task('further', ['app-0'], 'direct')] : tasks,
    };
  }
}

// One of them by another program, which a killed worker cannot take with it.
const relayOf = (task: string): string => (task === 'app-9' && hasBinary('skopeo') ? 'skopeo' : 'direct');

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CountingProxy,
  countingProxy,
  digestOf,
  eventually,
  fillRegistry,
  listTags,
  Regfleet,
  type RegistryOptions,
  type RunningService,
} from '@regfleet/harness';
import { expect } from 'vitest';
import { type Run, Site } from './site.ts';

/** Who copies: a fleet of two workers, or `sync` alone. */
export type Kind = 'fleet' | 'sync';

export type Down = 'source' | 'target';

interface OutageOptions {
  readonly seconds: number;
  /** Of the config; absent: the default. */
  readonly retries?: object;
}

/** One registry is gone in the middle of a run, for so long, and comes back: nothing may have failed. */
export async function outage(by: Kind, down: Down, { seconds, retries }: OutageOptions): Promise<void> {
  const far = down === 'source' ? 'target' : 'source';
  await using scene = await Scene.open({ far, retries });
  const { site } = scene;
  const ended = await scene.begin(by);
  await site[down].kill();
  if (by === 'fleet') await scene.expectHeld('outage', site[down].host);
  await pass(seconds);
  await site[down].restart();
  await scene.expectUnderWay();
  await scene.expectAllCopied(await ended.run);
}

/** The source takes another password in the middle of a run, which the file of the config has so much later. */
export async function rotation(by: Kind, seconds: number): Promise<void> {
  const htpasswd = { username: 'robot', password: 'the first' };
  await using scene = await Scene.open({ far: 'target', source: { htpasswd } });
  const ended = await scene.begin(by);
  await scene.site.source.setPassword('the second');
  if (by === 'fleet') await scene.expectHeld('login', scene.site.source.host);
  await pass(seconds);
  await scene.expectUnderWay();
  await scene.setFile('the second');
  const run = await ended.run;
  await scene.site.source.setPassword(htpasswd.password);
  await scene.expectAllCopied(run);
}

const DEADLINE_MS = 300_000;

const TAGS = Array.from({ length: 60 }, (_, number) => `v${number}`);

interface SceneOptions {
  readonly far: Down;
  readonly source?: RegistryOptions;
  readonly retries?: object | undefined;
}

/** Two registries, one of them far away, so that a run goes on for some seconds. */
class Scene implements AsyncDisposable {
  readonly site: Site;
  readonly #regfleet: Regfleet;
  #services: RunningService[] = [];

  private constructor(site: Site, regfleet: Regfleet) {
    this.site = site;
    this.#regfleet = regfleet;
  }

  static async open({ far, source, retries }: SceneOptions): Promise<Scene> {
    const site = await Site.start(source === undefined ? {} : { source });
    await fillRegistry(site.source, [{ repository: 'app', tags: TAGS }]);
    const other = site.keep(await countingProxy(site[far], { latencyMs: 40 }));
    await site.command({ ...configOf(site, { [far]: other }), ...(retries && { retries }) });
    const config = join(site.folder.path, 'config.yaml');
    const regfleet = new Regfleet({ config, timeoutMs: DEADLINE_MS });
    const scene = new Scene(site, regfleet);
    if (source?.htpasswd !== undefined) await scene.setFile(source.htpasswd.password);
    return scene;
  }

  async setFile(password: string): Promise<void> {
    await writeFile(passwordFile(this.site), password, { mode: 0o600 });
  }

  /** Returns in the middle of the run. */
  async begin(by: Kind): Promise<{ readonly run: Promise<Run> }> {
    const run = by === 'sync' ? this.#sync() : this.#enqueue(await this.#serve());
    run.catch(() => undefined);
    await eventually(async () => (await this.#copied()) >= 5, {
      deadlineMs: 60_000,
      intervalMs: 5,
      what: 'some images to be copied',
    });
    return { run };
  }

  /** Every process and `status` say so. */
  async expectHeld(cause: string, registry: string): Promise<void> {
    const line = new RegExp(`^regfleet_holds\\{cause="${cause}"\\} 1$`, 'm');
    for (const { url } of this.#services) {
      const isHeld = async () => line.test(await (await fetch(`${url}/metrics`)).text());
      await eventually(isHeld, { deadlineMs: 60_000, what: `${registry} to be held` });
    }
    expect(await this.#regfleet.json(['status'])).toMatchObject({
      holds: [{ cause, scope: { kind: 'registry', registry } }],
    });
  }

  async expectUnderWay(): Promise<void> {
    expect(await this.#copied()).toBeLessThan(TAGS.length);
  }

  async expectAllCopied(run: Run): Promise<void> {
    expect(run.errors).toEqual([]);
    expect(run).toMatchObject({ outcome: 'succeeded', counts: { enqueued: TAGS.length, failed: 0 } });
    const { source, target } = this.site;
    for (const tag of TAGS)
      expect(await digestOf(target, 'app', tag)).toBe(await digestOf(source, 'app', tag));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.site[Symbol.asyncDispose]();
  }

  async #copied(): Promise<number> {
    return (await listTags(this.site.target, 'app').catch(() => [])).length;
  }

  async #sync(): Promise<Run> {
    const [run] = (await this.#regfleet.json(['sync', '--once', '--concurrency', '2'])) as Run[];
    if (run === undefined) throw new Error('no run is told');
    return run;
  }

  async #serve(): Promise<Regfleet> {
    this.#services = [await this.site.serve(this.#regfleet, 'scheduler')];
    for (const _ of ['one', 'two'])
      this.#services.push(await this.site.serve(this.#regfleet, 'worker', ['--concurrency', '1']));
    return this.#regfleet;
  }

  #enqueue(regfleet: Regfleet): Promise<Run> {
    return regfleet.runTask('app') as Promise<Run>;
  }
}

const passwordFile = (site: Site): string => join(site.folder.path, 'password');

function configOf(site: Site, proxies: { readonly [side in Down]?: CountingProxy }): Record<string, unknown> {
  const { source, target } = { source: site.source, target: site.target, ...proxies };
  const user = site.source.credentials?.username;
  const login = user === undefined ? {} : { username: user, 'password-file': passwordFile(site) };
  return {
    relay: 'direct',
    tasks: [
      {
        name: 'app',
        schedule: '0 0 1 1 *',
        source: { registry: source.host, 'skip-tls-verify': true, ...login },
        target: { registry: target.host, 'skip-tls-verify': true },
        mappings: [{ from: 'app' }],
      },
    ],
  };
}

async function pass(seconds: number): Promise<void> {
  const sinceMs = performance.now();
  await eventually(() => performance.now() - sinceMs >= seconds * 1000, { deadlineMs: 2_000 * seconds });
}

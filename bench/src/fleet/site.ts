import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Regfleet, type RunningService, type TestRedis, temporaryFolder } from '@regfleet/harness';
import { cpuTimeMs } from '../process/cpu-time.ts';
import { peakMemory } from '../process/process-tree.ts';

export interface SiteJob {
  readonly sourceHost: string;
  readonly targetHost: string;
  readonly repositories: readonly string[];
}

/** The services of one task, `bench`, which runs only when it is asked to. */
export class Site implements AsyncDisposable {
  readonly #command: Regfleet;
  readonly #services: RunningService[] = [];
  readonly #resources: AsyncDisposableStack;

  private constructor(command: Regfleet, resources: AsyncDisposableStack) {
    this.#command = command;
    this.#resources = resources;
  }

  /** @param env - beside what the commands have anyway. */
  static async start(
    redis: TestRedis,
    job: SiteJob,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Site> {
    await using resources = new AsyncDisposableStack();
    const folder = resources.use(await temporaryFolder());
    const config = join(folder.path, 'regfleet.yaml');
    await writeFile(config, JSON.stringify(configOf(redis, job)));
    const command = new Regfleet({ config, timeoutMs: 20 * 60_000, env });
    return new Site(command, resources.move());
  }

  async serve(service: 'scheduler' | 'worker', flags: readonly string[] = []): Promise<void> {
    const started = await this.#command.start(service, flags);
    this.#resources.use(started.process);
    this.#services.push(started);
  }

  /** Processor time of all services since their start. */
  cpuMs(): number {
    return this.#sum(cpuTimeMs);
  }

  /** The sum of what each service held at most. */
  peakMemoryBytes(): number {
    return this.#sum(peakMemory);
  }

  /** @returns how long a run of the task took, as its record has it: without the command that asks for it. */
  async runTask(signal: AbortSignal): Promise<number> {
    const words = ['enqueue', 'bench', '--wait', '--json'];
    const { code, stdout, stderr } = await this.#command.run(words, signal);
    if (code !== 0) throw new Error(`enqueue ended with ${code}\n${stdout}${stderr}`);
    const [run] = JSON.parse(stdout) as [{ startedAtMs: number; finishedAtMs: number }];
    return run.finishedAtMs - run.startedAtMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources[Symbol.asyncDispose]();
  }

  #sum(of: (pid: number) => number): number {
    return this.#services.reduce((sum, { process }) => sum + of(process.pid), 0);
  }
}

function configOf({ url }: TestRedis, { sourceHost, targetHost, repositories }: SiteJob): object {
  return {
    relay: 'direct',
    redis: { url },
    tasks: [
      {
        name: 'bench',
        // Once a year: the bench asks for each run.
        schedule: '0 0 1 1 *',
        'catch-up': 'none',
        source: { registry: sourceHost, 'skip-tls-verify': true },
        target: { registry: targetHost, 'skip-tls-verify': true },
        mappings: repositories.map((name) => ({ from: name, to: name, platform: 'all' })),
      },
    ],
  };
}

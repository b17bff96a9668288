import { fileURLToPath } from 'node:url';
import { type RunningProcess, runCommand, startProcess } from '@regfleet/harness';

const COMMAND = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url));

export interface Counts {
  readonly selected: number;
  readonly inSync: number;
  readonly enqueued: number;
  readonly copied: number;
  readonly unchanged: number;
  readonly failed: number;
}

export interface Run {
  readonly id: string;
  readonly task: string;
  readonly outcome?: string;
  readonly expanded: boolean;
  readonly counts: Counts;
}

/** The `regfleet` command against one config, as an operator would call it. */
export class Fleet {
  readonly #config: string;

  constructor(config: string) {
    this.#config = config;
  }

  /** Starts a service and waits until it serves. @returns the process and where its metrics are. */
  async start(
    service: 'scheduler' | 'worker',
    flags: readonly string[] = [],
  ): Promise<{ process: RunningProcess; url: string }> {
    const process = await startProcess(
      [...this.#argv(service), '--host', '127.0.0.1', '--port', '0', '--grace', '5', ...flags],
      { env: { LOG_FORMAT: 'json' } },
    );
    const line = await process.waitForLine(/health and metrics are served/, 30_000);
    const { address } = JSON.parse(line) as { address: string };
    return { process, url: address };
  }

  /** Runs a command to its end. @throws {Error} with what it printed when it fails. */
  async run(command: readonly string[]): Promise<unknown> {
    const { code, stdout, stderr } = await runCommand([...this.#argv(...command), '--json']);
    if (code !== 0) throw new Error(`regfleet ${command.join(' ')} ended with ${code}\n${stdout}${stderr}`);
    return JSON.parse(stdout);
  }

  /** The last run of a task; absent before its first. */
  async lastRun(task: string): Promise<Run | undefined> {
    const { tasks } = (await this.run(['status'])) as { tasks: { task: string; lastRun?: Run }[] };
    return tasks.find((status) => status.task === task)?.lastRun;
  }

  #argv(...words: string[]): string[] {
    return [process.execPath, COMMAND, ...words, '-c', this.#config];
  }
}

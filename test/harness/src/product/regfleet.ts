import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CommandResult, runCommand } from '../processes/run-command.ts';
import { type RunningProcess, startProcess } from '../processes/start-process.ts';

const COMMAND = fileURLToPath(new URL('../../../../apps/cli/bin/regfleet.mjs', import.meta.url));

/** A service of ours that serves health and metrics. */
export interface RunningService {
  readonly process: RunningProcess;
  /** `http://127.0.0.1:PORT` of /healthz, /readyz and /metrics. */
  readonly url: string;
}

export interface RegfleetOptions {
  /** Config file; absent: the words of each command name one. */
  readonly config?: string;
  /** Added to the environment of every process. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long a command may take, in milliseconds; default two minutes. */
  readonly timeoutMs?: number;
  /** The file that is started; absent: that of this repository. */
  readonly command?: string;
  /** Standard input of commands that run to their end; absent: empty. */
  readonly input?: string;
}

/** The `regfleet` command against one config, called as an operator calls it: as a process. */
export class Regfleet {
  readonly #options: RegfleetOptions;

  constructor(options: RegfleetOptions) {
    this.#options = options;
  }

  /** Starts a service on a free port and waits until it serves health. */
  async start(
    service: 'scheduler' | 'worker' | 'up',
    flags: readonly string[] = [],
  ): Promise<RunningService> {
    const serving = ['--host', '127.0.0.1', '--port', '0', '--grace', '10'];
    const process = await startProcess(this.#argv(service, ...serving, ...flags), {
      env: { ...this.#environment(), LOG_FORMAT: 'json', ...this.#options.env },
    });
    const line = await process.waitForLine(/health and metrics are served/, 30_000);
    const { address } = JSON.parse(line) as { address: string };
    return { process, url: address };
  }

  /** Runs a command to its end, whatever its exit code. */
  run(words: readonly string[], signal?: AbortSignal): Promise<CommandResult> {
    const { env, timeoutMs = 120_000, input } = this.#options;
    return runCommand(this.#argv(...words), {
      env: { ...this.#environment(), ...env },
      timeoutMs,
      ...(signal !== undefined && { signal }),
      ...(input !== undefined && { input }),
    });
  }

  /** Starts a command and returns while it runs. */
  spawn(words: readonly string[]): Promise<RunningProcess> {
    return startProcess(this.#argv(...words), { env: { ...this.#environment(), ...this.#options.env } });
  }

  /** What a command prints with `--json`. @throws {Error} with its output when it exits with anything but 0. */
  async json(words: readonly string[]): Promise<unknown> {
    const { code, stdout, stderr } = await this.run([...words, '--json']);
    if (code !== 0) throw new Error(`regfleet ${words.join(' ')} ended with ${code}\n${stdout}${stderr}`);
    return JSON.parse(stdout);
  }

  /** The record of the run that `enqueue TASK --wait` begins, once it has ended. @throws {Error} as `json`. */
  async runTask(task: string): Promise<unknown> {
    const [run] = (await this.json(['enqueue', task, '--wait'])) as readonly unknown[];
    return run;
  }

  /** The command's first line names `node`; an operator has the right one first on PATH, by npm or in the image. */
  #environment(): Record<string, string> {
    return { PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}` };
  }

  #argv(...words: string[]): string[] {
    const { config, command = COMMAND } = this.#options;
    return [command, ...words, ...(config === undefined ? [] : ['-c', config])];
  }
}

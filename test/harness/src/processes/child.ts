import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { findBinary } from './binaries.ts';
import { BoundedLog } from './bounded-log.ts';

export interface ChildOptions {
  /** Laid over the environment of this process; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * A child in a process group of its own whose output is kept.
 *
 * No child outlives the test process, however that ends: `setpriv --pdeathsig` asks the kernel to kill the child
 * when its parent dies, and then becomes the wanted program, under the same pid.
 */
export class Child {
  readonly pid: number;
  /** Settles when the process is gone and its output is read to the end. */
  readonly exited: Promise<Exit>;
  readonly stdout = new BoundedLog();
  readonly stderr = new BoundedLog();
  readonly #process: ChildProcess;
  readonly #argv: readonly string[];
  #exit: Exit | undefined;

  private constructor(process: ChildProcess, argv: readonly string[]) {
    this.#process = process;
    this.#argv = argv;
    this.pid = process.pid ?? 0;
    process.stdout?.setEncoding('utf8').on('data', (text: string) => this.stdout.append(text));
    process.stderr?.setEncoding('utf8').on('data', (text: string) => this.stderr.append(text));
    // An early exit of the child closes its input; its exit code says more than our EPIPE.
    process.stdin?.on('error', () => undefined);
    this.exited = new Promise((resolve) => {
      process.once('close', (code, signal) => {
        this.#exit = { code, signal };
        resolve(this.#exit);
      });
    });
  }

  /** @throws {Error} when the program is missing. */
  static async start(argv: readonly string[], options: ChildOptions = {}): Promise<Child> {
    const env = { ...process.env, ...options.env };
    const [name = '', ...args] = argv;
    const program = findBinary(name, env.PATH);
    const spawned = spawn(findBinary('setpriv'), ['--pdeathsig', 'KILL', '--', program, ...args], {
      env,
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      detached: true,
    });
    const child = new Child(spawned, argv);
    await once(spawned, 'spawn');
    return child;
  }

  get isRunning(): boolean {
    return this.#exit === undefined && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Sends to the process alone, not to its children. */
  kill(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#process.kill(signal);
  }

  end(input: string | Uint8Array = ''): void {
    this.#process.stdin?.end(input);
  }

  /**
   * SIGTERM, after `graceMs` SIGKILL; returns when the process is gone, and its group with it.
   *
   * A stopped process (SIGSTOP) is continued, since it would never see SIGTERM.
   */
  async stop(graceMs = 10_000): Promise<void> {
    this.kill('SIGTERM');
    this.kill('SIGCONT');
    const timer = setTimeout(() => this.killGroup(), graceMs);
    await this.#gone();
    clearTimeout(timer);
    this.killGroup();
    await this.exited;
  }

  killGroup(): void {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // Nobody is left in the group.
    }
  }

  /** The command line and what it printed, for error messages. */
  describe(): string {
    const exit = this.#exit;
    const state = exit === undefined ? 'running' : `ended with ${exit.signal ?? exit.code}`;
    return `${this.#argv.join(' ')} (${state})\n${this.stdout}${this.stderr}`;
  }

  // `exited` waits for the output too, which a grandchild may hold open.
  async #gone(): Promise<void> {
    if (this.isRunning) await once(this.#process, 'exit');
  }
}

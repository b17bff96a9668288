import type { Resource } from '../resource.ts';
import { Child } from './child.ts';
import { waitForLine } from './wait-for-line.ts';

/** A daemon as data: how it is started, and how its log says that it serves. */
export interface Daemon {
  argv(): Promise<readonly string[]>;
  readonly ready: RegExp;
  /** Runs after the daemon is gone for good. */
  cleanUp(): Promise<void>;
}

/** A daemon that can be killed, frozen and started again with the same arguments and data. */
export class RestartableProcess implements Resource {
  readonly #daemon: Daemon;
  #child: Child;
  #stopped: Promise<void> | undefined;

  constructor(daemon: Daemon, child: Child) {
    this.#daemon = daemon;
    this.#child = child;
  }

  /** Of the current process: another one after `restart`. */
  get pid(): number {
    return this.#child.pid;
  }

  /** What the current process printed. */
  log(): string {
    return `${this.#child.stdout}${this.#child.stderr}`;
  }

  /** SIGKILL; returns when the process is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#child.exited;
  }

  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** Ends the process where it still runs, starts another and waits until it serves. */
  async restart(): Promise<void> {
    await this.#child.stop();
    this.#child = await startDaemon(this.#daemon);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#child.stop().then(() => this.#daemon.cleanUp());
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** @throws {Error} with the daemon's output when it does not come to serve. */
export async function startDaemon(daemon: Daemon): Promise<Child> {
  const child = await Child.start(await daemon.argv());
  child.end();
  try {
    await waitForLine(child, daemon.ready, 30_000);
    return child;
  } catch (error) {
    await child.stop();
    throw error;
  }
}

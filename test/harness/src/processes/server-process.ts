import type { Resource } from '../resource.ts';
import { Child } from './child.ts';
import { freePort } from './free-port.ts';
import { waitForLine } from './wait-for-line.ts';

/** A server program as data: how it is started on a port, and how its log says that it serves. */
export interface ServerProgram {
  argv(port: number): Promise<readonly string[]>;
  readonly ready: RegExp;
  /** Runs after the server is gone for good, or never came up. */
  cleanUp(): Promise<void>;
}

export interface Started {
  readonly child: Child;
  readonly port: number;
}

/** A server on 127.0.0.1 that can be killed, frozen and started again on its port. */
export class ServerProcess implements Resource {
  readonly port: number;
  readonly #program: ServerProgram;
  #child: Child;
  #stopped: Promise<void> | undefined;

  constructor(program: ServerProgram, started: Started) {
    this.#program = program;
    this.#child = started.child;
    this.port = started.port;
  }

  /** `127.0.0.1:PORT`. */
  get host(): string {
    return `127.0.0.1:${this.port}`;
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

  /** Ends the process where it still runs, and starts another on the same port and data. */
  async restart(): Promise<void> {
    await this.#child.stop();
    this.#child = await startOn(this.#program, this.port);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#child.stop().then(() => this.#program.cleanUp());
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

const PORT_TAKEN = /address already in use/i;

/** @param fixedPort - absent: a random free one, another where a parallel run was faster. */
export async function startOnPort(program: ServerProgram, fixedPort?: number): Promise<Started> {
  for (let attempt = 0; ; attempt += 1) {
    const port = fixedPort ?? (await freePort());
    try {
      return { child: await startOn(program, port), port };
    } catch (error) {
      const isTaken = error instanceof Error && PORT_TAKEN.test(error.message);
      if (isTaken && fixedPort === undefined && attempt < 10) continue;
      await program.cleanUp();
      throw error;
    }
  }
}

async function startOn(program: ServerProgram, port: number): Promise<Child> {
  const child = await Child.start(await program.argv(port));
  child.end();
  try {
    await waitForLine(child, program.ready);
    return child;
  } catch (error) {
    await child.stop();
    throw error;
  }
}

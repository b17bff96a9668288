import type { Child } from './child.ts';
import { freePort } from './free-port.ts';
import { type Daemon, RestartableProcess, startDaemon } from './restartable.ts';

/** A daemon that listens on a port of 127.0.0.1. */
export interface ServerProgram extends Omit<Daemon, 'argv'> {
  argv(port: number): Promise<readonly string[]>;
}

export interface Started {
  readonly daemon: Daemon;
  readonly child: Child;
  readonly port: number;
}

export class ServerProcess extends RestartableProcess {
  readonly port: number;

  constructor({ daemon, child, port }: Started) {
    super(daemon, child);
    this.port = port;
  }

  /** `127.0.0.1:PORT`. */
  get host(): string {
    return `127.0.0.1:${this.port}`;
  }
}

const PORT_TAKEN = /address already in use/i;

/** @param fixedPort - absent: a random free one, another where a parallel run was faster. */
export async function startOnPort(program: ServerProgram, fixedPort?: number): Promise<Started> {
  for (let attempt = 0; ; attempt += 1) {
    const port = fixedPort ?? (await freePort());
    const daemon = { ...program, argv: () => program.argv(port) };
    try {
      return { daemon, child: await startDaemon(daemon), port };
    } catch (error) {
      const isTaken = error instanceof Error && PORT_TAKEN.test(error.message);
      if (isTaken && fixedPort === undefined && attempt < 10) continue;
      await program.cleanUp();
      throw error;
    }
  }
}

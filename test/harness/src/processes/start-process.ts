import { type Resource, resource } from '../resource.ts';
import { Child, type ChildOptions, type Exit } from './child.ts';
import { waitForLine } from './wait-for-line.ts';

export interface RunningProcess extends Resource {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** The end of what it printed so far, at most 512 Ki characters. */
  stdout(): string;
  stderr(): string;
  /** The first line of either stream that matches, printed already or yet to come; default deadline 15,000 ms. */
  waitForLine(pattern: RegExp, deadlineMs?: number): Promise<string>;
  /** Sends to the process alone, as an operator or the kernel would; default SIGTERM. */
  kill(signal?: NodeJS.Signals): void;
}

/** Starts a long-running program. `stop` sends SIGTERM and, 30 s later, SIGKILL to its whole group. */
export async function startProcess(
  argv: readonly string[],
  options: ChildOptions = {},
): Promise<RunningProcess> {
  const child = await Child.start(argv, options);
  child.end();
  return {
    pid: child.pid,
    exited: child.exited,
    stdout: () => child.stdout.toString(),
    stderr: () => child.stderr.toString(),
    waitForLine: (pattern, deadlineMs) => waitForLine(child, pattern, deadlineMs),
    kill: (signal = 'SIGTERM') => child.kill(signal),
    ...resource(() => child.stop(30_000)),
  };
}

/** What the set-up may do to this machine. */
export interface SetupIo {
  /** Runs a command with its output hidden; absent: it succeeded, else what it printed. */
  run(command: string, args: readonly string[]): string | undefined;
  say(line: string): void;
  readonly isRoot: boolean;
  /** Folders where programs are looked for. */
  readonly path: readonly string[];
}

export function installPrograms(programs: readonly string[], io: SetupIo): boolean;

import type { Terminal } from './terminal.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly config?: string;
  readonly redis?: string;
  readonly json: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

/** What a command is given: the outside world, and the way to say how it ended. */
export interface CommandContext {
  /** Inside an action it is as the global options want it. */
  readonly terminal: Terminal;
  /** The global options as parsed; only meaningful inside an action. */
  options(): GlobalOptions;
  /** Sets the exit code. */
  finish(exitCode: number): void;
}

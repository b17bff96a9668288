import { type Logger, silentLogger } from '@regfleet/model';
import { createLogger } from '@regfleet/runtime';
import type { Terminal } from './terminal.ts';
import { isDebugging } from './verbosity.ts';

/** The log of a command that answers on standard output: of a reader who wants to see what it does, on standard error. */
export const commandLogger = (terminal: Terminal, command: string): Logger =>
  isDebugging(terminal)
    ? createLogger({ service: command, env: terminal.env, destination: terminal.errorStream })
    : silentLogger;

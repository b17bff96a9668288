import type { GlobalOptions } from './context.ts';
import type { Terminal } from './terminal.ts';

/** Whether every request is told, and where errors come from. */
export const isDebugging = ({ env }: Pick<Terminal, 'env'>): boolean =>
  /^\s*(?:debug|trace)\s*$/i.test(env.LOG_LEVEL ?? '');

/** A terminal at which as much is told as `-v`, `-q` or else `LOG_LEVEL` ask for. */
export function terminalAt(terminal: Terminal, { verbose, quiet }: GlobalOptions): Terminal {
  const level = verbose === true ? 'debug' : quiet === true ? 'warn' : undefined;
  const env = level === undefined ? terminal.env : { ...terminal.env, LOG_LEVEL: level };
  // Log lines would go through a line that is drawn anew.
  const isInteractive = terminal.isInteractive && !isDebugging({ env });
  // What a terminal tells of itself it tells at the moment.
  const own = { env, isInteractive, isQuiet: quiet === true };
  return Object.create(terminal, Object.getOwnPropertyDescriptors(own)) as Terminal;
}

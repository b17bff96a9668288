import type { LevelWithSilent } from 'pino';

// dregsy's names (logrus); pino has no panic, and nothing of ours logs above fatal.
const LEVELS: Readonly<Record<string, LevelWithSilent>> = {
  panic: 'fatal',
  fatal: 'fatal',
  error: 'error',
  warn: 'warn',
  warning: 'warn',
  info: 'info',
  debug: 'debug',
  trace: 'trace',
};

/** pino's level for a value of `LOG_LEVEL`, in any case; absent: no such level. */
export function parseLevel(text: string): LevelWithSilent | undefined {
  const name = text.trim().toLowerCase();
  return Object.hasOwn(LEVELS, name) ? LEVELS[name] : undefined;
}

export const LEVEL_NAMES = Object.keys(LEVELS).join(', ');

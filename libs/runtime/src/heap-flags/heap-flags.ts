import { spawnSync } from 'node:child_process';

// Waiting for networks makes short-lived objects old: with V8's own sizes a process that stays holds twice the memory. Neither has an
// effect once the heap exists, and NODE_OPTIONS refuses the second.
const HEAP_FLAGS = ['--max-semi-space-size=4', '--heap-growing-percent=20'] as const;

/**
 * Starts this process anew, under the same id, with the flags of V8 that it was started without; one that the operator has set
 * counts as there, whatever its value.
 *
 * Returns where nothing is lacking or a new start is not possible: without `execve`, with a Node that may not start itself or
 * does not know the flags, or where it would lose what was handed over to it.
 */
export function restartWithHeapFlags(process: NodeJS.Process): void {
  const { argv, argv0, execArgv, execPath, env } = process;
  const lacking = lackingHeapFlags([...execArgv, ...(env.NODE_OPTIONS ?? '').split(/\s+/)]);
  if (lacking.length === 0 || wouldLose(process) || !startsWith(execPath, lacking)) return;
  const { emitWarning } = process;
  // Of an API that Node calls experimental: nothing that an operator could mend.
  process.emitWarning = () => undefined;
  try {
    process.execve?.(execPath, [argv0, ...lacking, ...execArgv, ...argv.slice(1)], env);
  } catch {
    // Not in a thread, and not on every system.
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** @param options - words of a command line of Node, which takes `_` for `-` and `no-` before a name. */
export function lackingHeapFlags(options: readonly string[]): string[] {
  const names = new Set(options.map(nameOf));
  return HEAP_FLAGS.filter((flag) => !names.has(nameOf(flag)));
}

const nameOf = (option: string): string =>
  option
    .replaceAll('_', '-')
    .replace(/=.*$/s, '')
    .replace(/^--no-?/, '--');

/** Node closes files that it was given by number, and the channel to a parent that is Node as well, when it executes another program. */
function wouldLose({ argv, env, connected }: NodeJS.Process): boolean {
  const words = [...argv, ...Object.values(env)];
  return connected || words.some((word) => /\/(?:dev|self)\/fd\//.test(word ?? ''));
}

/** Tried in a child: Node aborts where its `execve` fails, and ends where it does not know a flag. */
function startsWith(execPath: string, flags: readonly string[]): boolean {
  try {
    return spawnSync(execPath, [...flags, '--version'], { stdio: 'ignore' }).status === 0;
  } catch {
    return false;
  }
}

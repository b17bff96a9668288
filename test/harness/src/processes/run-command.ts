import { Child, type ChildOptions } from './child.ts';

export interface CommandOptions extends ChildOptions {
  readonly input?: string | Uint8Array;
  /** Default 60,000; the command and its group are killed then. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface CommandResult {
  /** -1 where a signal ended the command. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command to its end; any exit code is an answer.
 *
 * @throws {Error} when the program is missing, the time is up or the signal aborts.
 */
export async function runCommand(
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const child = await Child.start(argv, options);
  child.end(options.input);
  const timeoutMs = options.timeoutMs ?? 60_000;
  const ended = AbortSignal.any([
    AbortSignal.timeout(timeoutMs),
    ...(options.signal ? [options.signal] : []),
  ]);
  const kill = (): void => child.killGroup();
  ended.addEventListener('abort', kill, { once: true });
  // It may have come while the command was started.
  if (ended.aborted) kill();
  const { code } = await child.exited;
  ended.removeEventListener('abort', kill);
  options.signal?.throwIfAborted();
  if (ended.aborted) throw new Error(`not done within ${timeoutMs} ms: ${child.describe()}`);
  return { code: code ?? -1, stdout: child.stdout.toString(), stderr: child.stderr.toString() };
}

/** `runCommand` for a command that has to succeed. @returns its stdout. */
export async function runToSuccess(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runCommand(argv, options);
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  return stdout;
}

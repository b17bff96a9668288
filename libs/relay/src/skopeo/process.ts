import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { SilenceWatch } from './silence-watch.ts';

export interface ProcessOptions {
  readonly signal?: AbortSignal | undefined;
  /** True: the kernel ends the program when this process dies, however that happens; where it can. */
  readonly diesWithUs?: boolean;
  /** Moving no byte for so long, it is ended; absent: it may take its time. */
  readonly silenceMs?: number;
  /** Every line of stdout and stderr as it comes. */
  readonly onLine: (line: string) => void;
}

export interface ProcessResult {
  /** Absent when a signal ended the process. */
  readonly exitCode?: number;
  /** The last lines of stderr, at most 16 KiB. */
  readonly stderr: string;
  /** True: it was ended because it moved nothing. */
  readonly wasSilent: boolean;
}

// skopeo ends on SIGTERM at once; a credential helper of its own may not.
const KILL_AFTER_MS = 500;
// Whom the kernel cannot end, e.g. one that waits for a disk, is not waited for.
const LEAVE_AFTER_MS = 2_000;
// What a program that has ended wrote is in its pipes. Whoever else holds them may do so for ever.
const DRAIN_MS = 1_000;
const STDERR_LIMIT = 16 * 1024;
const LINE_LIMIT = 64 * 1024;

/**
 * Runs a program in its own process group, without a shell and without stdin, to its end.
 *
 * Whoever it leaves behind with its output in hand is ended, or left alone where that is not possible.
 *
 * @throws the abort reason once the program is gone; the system's error when it cannot be started.
 */
export async function runProcess(
  program: string,
  args: readonly string[],
  { signal, onLine, diesWithUs = false, silenceMs }: ProcessOptions,
): Promise<ProcessResult> {
  signal?.throwIfAborted();
  const [command, ...words] = diesWithUs ? tiedToUs(program, args) : [program, ...args];
  const child = spawn(command, words, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  // It has no streams then where descriptors ran out, and an error that nobody hears would end us.
  if (child.pid === undefined) throw (await once(child, 'error'))[0];
  const group = new ProcessGroup(child);
  const end = (): void => group.end();
  signal?.addEventListener('abort', end, { once: true });
  let wasSilent = false;
  const watch = watchSilence(child, silenceMs, () => {
    wasSilent = true;
    end();
  });
  let stderr = '';
  eachLine(child.stdout, onLine);
  eachLine(child.stderr, (line) => {
    stderr += `${line}\n`;
    // Not with each line: that would copy all of it each time.
    if (stderr.length > 2 * STDERR_LIMIT) stderr = stderr.slice(-STDERR_LIMIT);
    onLine(line);
  });
  try {
    const exitCode = await Promise.race([closed(child, group), group.left]);
    signal?.throwIfAborted();
    return { stderr: stderr.slice(-STDERR_LIMIT), wasSilent, ...(exitCode !== null && { exitCode }) };
  } finally {
    signal?.removeEventListener('abort', end);
    group.forget();
    watch?.end();
  }
}

function watchSilence(
  { pid }: ChildProcess,
  limitMs: number | undefined,
  onSilence: () => void,
): SilenceWatch | undefined {
  return pid === undefined || limitMs === undefined ? undefined : new SilenceWatch(pid, limitMs, onSilence);
}

// util-linux, part of every Debian; elsewhere a worker that is killed leaves its copies running to their end.
const SETPRIV = '/usr/bin/setpriv';

/** The same program under the same pid, started by one that asks the kernel to kill it when its parent dies. */
function tiedToUs(program: string, args: readonly string[]): [string, ...string[]] {
  if (!existsSync(SETPRIV)) return [program, ...args];
  return [SETPRIV, '--pdeathsig', 'KILL', program, ...args];
}

/** A child that leads its process group, and whoever it started. */
class ProcessGroup {
  readonly #child: ChildProcess;
  readonly #left = Promise.withResolvers<null>();
  #timer: NodeJS.Timeout | undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves when the group was told to end and does not. */
  get left(): Promise<null> {
    return this.#left.promise;
  }

  /** True: what it still writes is of no use. */
  get isEnding(): boolean {
    return this.#timer !== undefined;
  }

  end(): void {
    if (this.isEnding) return;
    this.#signal('SIGTERM');
    this.#timer = setTimeout(() => {
      this.kill();
      this.#timer = setTimeout(() => this.#leave(), LEAVE_AFTER_MS);
    }, KILL_AFTER_MS);
  }

  kill(): void {
    this.#signal('SIGKILL');
  }

  forget(): void {
    clearTimeout(this.#timer);
    if (this.isEnding) this.kill();
  }

  #leave(): void {
    hangUp(this.#child);
    this.#child.unref();
    this.#left.resolve(null);
  }

  #signal(name: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, name);
    } catch (error) {
      if (!UNREACHABLE.has(Object(error).code)) throw error;
    }
  }
}

// Nobody is there, or nobody whom this user may end, as behind sudo.
const UNREACHABLE = new Set(['ESRCH', 'EPERM']);

function hangUp({ stdout, stderr }: ChildProcess): void {
  stdout?.destroy();
  stderr?.destroy();
}

/** Resolves when the process has ended and its pipes are drained, as far as they drain at all. */
async function closed(child: ChildProcess, group: ProcessGroup): Promise<number | null> {
  let drain: NodeJS.Timeout | undefined;
  const release = (): void => {
    group.kill();
    // A busy process may not have read yet what is there.
    setImmediate(() => hangUp(child));
  };
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject);
  child.once('close', resolve);
  child.once('exit', () => {
    drain = setTimeout(release, group.isEnding ? 0 : DRAIN_MS);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(drain);
  }
}

function eachLine(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    // Whoever it quotes may never end a line.
    rest = (lines.pop() ?? '').slice(0, LINE_LIMIT);
    for (const line of lines) onLine(line);
  });
  stream.on('close', () => {
    if (rest !== '') onLine(rest);
  });
}

import { type ChildProcess, spawn } from 'node:child_process';
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
const STDERR_LIMIT = 16 * 1024;
const LINE_LIMIT = 64 * 1024;

/**
 * Runs a program in its own process group, without a shell and without stdin, to its end.
 *
 * @throws the abort reason once the whole group is gone; the system's error when the program cannot be started.
 */
export async function runProcess(
  program: string,
  args: readonly string[],
  { signal, onLine, diesWithUs = false, silenceMs }: ProcessOptions,
): Promise<ProcessResult> {
  signal?.throwIfAborted();
  const [command, ...words] = diesWithUs ? tiedToUs(program, args) : [program, ...args];
  const child = spawn(command, words, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
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
    stderr = `${stderr}${line}\n`.slice(-STDERR_LIMIT);
    onLine(line);
  });
  try {
    const exitCode = await closed(child);
    signal?.throwIfAborted();
    return { stderr, wasSilent, ...(exitCode !== null && { exitCode }) };
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
  #timer: NodeJS.Timeout | undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  end(): void {
    this.#signal('SIGTERM');
    this.#timer = setTimeout(() => this.#signal('SIGKILL'), KILL_AFTER_MS);
  }

  forget(): void {
    clearTimeout(this.#timer);
  }

  #signal(name: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, name);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

/** Resolves when the process has ended and its pipes are drained. */
function closed(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
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
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}

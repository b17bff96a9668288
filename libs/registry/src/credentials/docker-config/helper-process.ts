import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Environment } from '../../http/proxy.ts';

// A helper answers with one small object; more is a runaway.
const MAX_OUTPUT_BYTES = 1024 * 1024;

// What it has said is read by then, whoever else holds its output open.
const LAST_WORDS_MS = 1_000;

export interface HelperRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program with `input` on its stdin, in a process group of its own, and ends the whole group on abort: helpers
 * are often shell or Python wrappers around the process that hangs.
 *
 * @throws the reason of `signal`, or Node's error when the program cannot be started.
 */
export async function runHelper(
  program: string,
  input: string,
  options: { readonly env: Environment; readonly signal: AbortSignal },
): Promise<HelperRun> {
  const { env, signal } = options;
  signal.throwIfAborted();
  const child = spawn(program, ['get'], { env: { ...env }, detached: true, stdio: 'pipe' });
  // It has no streams then where descriptors ran out, and an error that nobody hears would end us.
  if (child.pid === undefined) throw (await once(child, 'error'))[0];
  return await new Promise((resolve, reject) => {
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    const onAbort = (): void => {
      endGroup(child.pid);
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const settled = (): void => signal.removeEventListener('abort', onAbort);
    child.once('error', (error) => {
      settled();
      reject(error);
    });
    // An agent that a helper leaves running, as gpg's, may keep what it inherited.
    let lastWords: NodeJS.Timeout | undefined;
    child.once('exit', () => {
      lastWords = setTimeout(
        () => [child.stdout, child.stderr].map((stream) => stream.destroy()),
        LAST_WORDS_MS,
      );
    });
    child.once('close', (exitCode) => {
      clearTimeout(lastWords);
      settled();
      resolve({ exitCode, stdout: stdout(), stderr: stderr() });
    });
    // A helper that does not read its input is judged by what it answers.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** A runaway that nobody reads any more ends by that. */
function collect(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  stream.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= MAX_OUTPUT_BYTES) chunks.push(chunk);
    else stream.destroy();
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startProcess, temporaryFolder } from '@regfleet/harness';
import { descendantsMemory } from './process-tree.ts';

export interface Command {
  readonly argv: readonly string[];
  /** Laid over the environment; `undefined` takes a variable away. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Cost {
  /** From before the start of the process until it is gone. */
  readonly durationMs: number;
  /** Processor time, user and system, of the process and all its descendants. */
  readonly cpuMs: number;
  readonly peakMemoryBytes: number;
}

// VmHWM keeps what came between two looks; only growth just before the end of a process is missed.
const SAMPLE_MS = 20;

// The shell that waits for a process learns from the kernel what it and its descendants took. It is told to end as the process would be.
const TIMED =
  'trap \'kill -TERM $child\' TERM; "$@" & child=$!; wait $child; code=$?; times > "$0"; exit $code';

/** Runs a command that has to succeed. @throws {Error} with its output when it does not; the abort reason. */
export async function runMeasured({ argv, env }: Command, signal: AbortSignal): Promise<Cost> {
  signal.throwIfAborted();
  await using folder = await temporaryFolder();
  const times = join(folder.path, 'times');
  const startedMs = performance.now();
  await using process = await startProcess(['bash', '-c', TIMED, times, ...argv], { env });
  const stop = (): void => void process.stop();
  signal.addEventListener('abort', stop, { once: true });
  // It may have come while the process was started.
  if (signal.aborted) stop();
  let peakMemoryBytes = 0;
  const sampler = setInterval(() => {
    peakMemoryBytes = Math.max(peakMemoryBytes, descendantsMemory(process.pid));
  }, SAMPLE_MS);
  const { code } = await process.exited;
  const durationMs = performance.now() - startedMs;
  clearInterval(sampler);
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (code !== 0) {
    throw new Error(`${argv.join(' ')} ended with ${code}\n${process.stdout()}${process.stderr()}`);
  }
  return { durationMs, cpuMs: cpuOfChildren(await readFile(times, 'utf8')), peakMemoryBytes };
}

/** Of what `times` prints: user and system time of the shell, then of its children, each as `1m2.345s`. */
function cpuOfChildren(times: string): number {
  const [, children = ''] = times.split('\n');
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)]
    .map(([, minutes, seconds]) => Number(minutes) * 60_000 + Number(seconds) * 1000)
    .reduce((sum, ms) => sum + ms, 0);
}

import { startProcess } from '@regfleet/harness';
import { treeMemory } from './process-tree.ts';

export interface Command {
  readonly argv: readonly string[];
  /** Laid over the environment; `undefined` takes a variable away. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Cost {
  /** From before the start of the process until it is gone. */
  readonly durationMs: number;
  readonly peakMemoryBytes: number;
}

// VmHWM keeps what came between two looks; only growth just before the end of a process is missed.
const SAMPLE_MS = 20;

/** Runs a command that has to succeed. @throws {Error} with its output when it does not; the abort reason. */
export async function runMeasured({ argv, env }: Command, signal: AbortSignal): Promise<Cost> {
  signal.throwIfAborted();
  const startedMs = performance.now();
  await using process = await startProcess(argv, { env });
  const stop = (): void => void process.stop();
  signal.addEventListener('abort', stop, { once: true });
  let peakMemoryBytes = 0;
  const sampler = setInterval(() => {
    peakMemoryBytes = Math.max(peakMemoryBytes, treeMemory(process.pid));
  }, SAMPLE_MS);
  const { code } = await process.exited;
  const durationMs = performance.now() - startedMs;
  clearInterval(sampler);
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (code !== 0) {
    throw new Error(`${argv.join(' ')} ended with ${code}\n${process.stdout()}${process.stderr()}`);
  }
  return { durationMs, peakMemoryBytes };
}

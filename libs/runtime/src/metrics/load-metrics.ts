import type { Metrics } from './metrics.ts';

/** Loads the library behind the metrics when they are wanted: it takes 45 ms of a start, and most commands measure nothing. */
export async function createMetrics(): Promise<Metrics> {
  const loaded = await import('./metrics.ts');
  return loaded.createMetrics();
}

import { Gauge, type Registry } from 'prom-client';
import { scrapeReader } from './scrape-reader.ts';

/** Jobs of one queue by state. */
export interface QueueJobs {
  readonly queue: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
}

const STATES = ['waiting', 'active', 'delayed', 'failed'] as const;

/** Registers `regfleet_queue_jobs`. @returns reads it, to be called before a scrape; where `depths` fails, none is told. */
export function collectQueueJobs(
  registry: Registry,
  depths: () => Promise<readonly QueueJobs[]>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  const read = scrapeReader(depths, onError);
  const gauge = new Gauge({
    name: 'regfleet_queue_jobs',
    help: 'Jobs in a queue by state (waiting, active, delayed, failed); told by schedulers only.',
    labelNames: ['queue', 'state'],
    registers: [registry],
  });
  return async () => {
    const found = (await read()) ?? [];
    gauge.reset();
    for (const jobs of found)
      for (const state of STATES) gauge.set({ queue: jobs.queue, state }, jobs[state]);
  };
}

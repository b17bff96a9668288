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

/** Registers `regfleet_queue_jobs`, read by `depths` at every scrape; absent from a scrape where that fails. */
export function collectQueueJobs(
  registry: Registry,
  depths: () => Promise<readonly QueueJobs[]>,
  onError: (error: unknown) => void,
): void {
  const read = scrapeReader(depths, onError);
  new Gauge({
    name: 'regfleet_queue_jobs',
    help: 'Jobs in a queue by state (waiting, active, delayed, failed); told by schedulers only.',
    labelNames: ['queue', 'state'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const jobs of (await read()) ?? []) {
        for (const state of STATES) this.set({ queue: jobs.queue, state }, jobs[state]);
      }
    },
  });
}

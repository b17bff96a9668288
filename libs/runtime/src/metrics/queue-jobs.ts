import { Gauge, type Registry } from 'prom-client';

/** Jobs of one queue by state. */
export interface QueueJobs {
  readonly queue: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
}

const STATES = ['waiting', 'active', 'delayed', 'failed'] as const;

// Below the 10 s that Prometheus waits for a scrape by default: the other metrics must get through without Redis.
const DEADLINE_MS = 3_000;

/** Registers `regfleet_queue_jobs`, read by `depths` at every scrape; absent from a scrape where that fails. */
export function collectQueueJobs(
  registry: Registry,
  depths: () => Promise<readonly QueueJobs[]>,
  onError: (error: unknown) => void,
): void {
  new Gauge({
    name: 'regfleet_queue_jobs',
    help: 'Jobs in a queue by state (waiting, active, delayed, failed); told by schedulers only.',
    labelNames: ['queue', 'state'],
    registers: [registry],
    async collect() {
      this.reset();
      try {
        for (const jobs of await within(DEADLINE_MS, depths())) {
          for (const state of STATES) this.set({ queue: jobs.queue, state }, jobs[state]);
        }
      } catch (error) {
        onError(error);
      }
    },
  });
}

async function within<Result>(deadlineMs: number, result: Promise<Result>): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
  try {
    return await Promise.race([result, promise]);
  } finally {
    clearTimeout(timer);
  }
}

import { Gauge, type Registry } from 'prom-client';
import { scrapeReader } from './scrape-reader.ts';

/** Epoch milliseconds, of one task. */
export interface TaskTimes {
  readonly task: string;
  /** Absent: it has not succeeded yet. */
  readonly lastSuccessAtMs?: number;
  /** Since when the fleet knows the task. */
  readonly knownSinceMs?: number;
  /** Absent: nothing is planned. */
  readonly nextAtMs?: number;
}

/**
 * Registers the gauges of tasks, read by `times` at every scrape: they are the same from every process, whoever saw the runs,
 * and a task that has gone is in none of them.
 *
 * Where `times` fails they stay as they were: an alert must not end because Redis is away.
 */
export function collectTaskTimes(
  registry: Registry,
  times: () => Promise<readonly TaskTimes[]>,
  onError: (error: unknown) => void,
): void {
  // All gauges of a scrape are told by one reading.
  const read = scrapeReader(times, onError);
  const gauge = (options: {
    readonly name: string;
    readonly help: string;
    timeMs(times: TaskTimes): number | undefined;
  }): void => {
    new Gauge({
      name: options.name,
      help: options.help,
      labelNames: ['task'],
      registers: [registry],
      async collect() {
        const tasks = await read();
        if (tasks === undefined) return;
        this.reset();
        for (const task of tasks) {
          const timeMs = options.timeMs(task);
          if (timeMs !== undefined) this.set({ task: task.task }, timeMs / 1000);
        }
      },
    });
  };
  gauge({
    name: 'regfleet_task_last_success_timestamp_seconds',
    help: 'When the last successful run of a task ended, in seconds since the epoch; of a task that has not succeeded yet, since when it is known.',
    timeMs: ({ lastSuccessAtMs, knownSinceMs }) => pastMs(lastSuccessAtMs ?? knownSinceMs),
  });
  gauge({
    name: 'regfleet_task_next_run_timestamp_seconds',
    help: 'When a task is to run next, in seconds since the epoch; absent for one-off tasks.',
    timeMs: ({ nextAtMs }) => nextAtMs,
  });
}

/** A success that is yet to come, by a clock that was ahead, would hide how far behind a task is. */
const pastMs = (timeMs: number | undefined): number | undefined =>
  timeMs === undefined ? undefined : Math.min(timeMs, Date.now());

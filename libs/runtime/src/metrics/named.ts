import type { Counter, Gauge, Histogram } from 'prom-client';
import type { Instruments } from './instruments.ts';

/** Which labels the config knows; the empty one, and `other` of registries, stand for whatever it does not. */
export interface Named {
  task(id: string): boolean;
  registry(host: string): boolean;
}

/** Removes every series of tasks and registries that left the config: it would be told as long as the process lives. */
export async function forgetUnnamed(instruments: Instruments, named: Named): Promise<void> {
  const isTask = (id: string): boolean => id === '' || named.task(id);
  const isRegistry = (host: string): boolean => ['', 'other'].includes(host) || named.registry(host);
  await forget(instruments.runs, ['task', 'outcome'], isTask);
  await forget(instruments.runDuration, ['task'], isTask);
  await forget(instruments.emptyFilters, ['task'], isTask);
  await forget(instruments.copies, ['task', 'relay', 'outcome'], isTask);
  await forget(instruments.copyDuration, ['task', 'relay'], isTask);
  await forget(instruments.copyErrors, ['registry', 'side', 'kind', 'code'], isRegistry);
  await forget(instruments.registryRequests, ['registry', 'method', 'code'], isRegistry);
  await forget(instruments.requestWaits, ['registry'], isRegistry);
  await forget(instruments.copiedBytes, ['registry', 'side'], isRegistry);
  for (const gauge of [instruments.pullsLeft, instruments.pullsLimit, instruments.pullsWindow])
    await forget(gauge, ['registry'], isRegistry);
}

/** @param labels - all of the metric, in its order; the first one is asked about. */
async function forget<Label extends string>(
  metric: Counter<Label> | Gauge<Label> | Histogram<Label>,
  labels: readonly [NoInfer<Label>, ...NoInfer<Label>[]],
  isKept: (value: string) => boolean,
): Promise<void> {
  const { values } = await metric.get();
  for (const { labels: series } of values) {
    const own = labels.map((label) => String(series[label] ?? ''));
    if (!isKept(own[0] ?? '')) metric.remove(...own);
  }
}

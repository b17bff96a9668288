import type { ContenderName } from './contenders/contender.ts';
import type { Count, Measurements, Pass, RequestSummary } from './result.ts';

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (low + high) / 2;
}

/** The passes of one contender, and of one of its variants only where it has some. */
export function passesOf(
  { passes }: Measurements,
  contender: ContenderName,
  variant?: string,
): readonly Pass[] {
  return passes.filter((pass) => pass.contender === contender && pass.variant === variant);
}

export function countOf(
  { counts }: Measurements,
  contender: ContenderName,
  variant?: string,
): Count | undefined {
  return counts.find((count) => count.contender === contender && count.variant === variant);
}

/** NaN where it did not run. */
export function medianMs(measured: Measurements, contender: ContenderName, variant?: string): number {
  return median(passesOf(measured, contender, variant).map((pass) => pass.durationMs));
}

/** NaN where it did not run. */
export function medianCpuMs(measured: Measurements, contender: ContenderName, variant?: string): number {
  return median(passesOf(measured, contender, variant).map((pass) => pass.cpuMs));
}

/** The most that any pass needed. */
export function peakBytes(measured: Measurements, contender: ContenderName, variant?: string): number {
  return Math.max(...passesOf(measured, contender, variant).map((pass) => pass.peakMemoryBytes));
}

export function totalOf(summary: RequestSummary): number {
  return Object.values(summary).reduce((sum, count) => sum + count, 0);
}

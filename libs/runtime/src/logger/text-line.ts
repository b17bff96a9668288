import { printable } from '@regfleet/model';

/** A log line as pino writes it; everything else in it is a field of the caller. */
interface Entry {
  readonly time: string;
  readonly level: string;
  readonly service: string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

/** One JSON log line as a person reads it: `2026-01-02T03:04:05.678Z INFO  worker: image done task=web attempt=1`. */
export function textLine(json: string): string {
  const { time, level, service, msg, ...fields } = JSON.parse(json) as Entry;
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${formatValue(value)}`);
  return `${printable(`${time} ${level.toUpperCase().padEnd(5)} ${service}: ${msg ?? ''}${pairs.join('')}`)}\n`;
}

function formatValue(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:/@+*-]+$/.test(value)) return value;
  return JSON.stringify(value);
}

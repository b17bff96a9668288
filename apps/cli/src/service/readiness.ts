import type { Fleet } from '@regfleet/queue';
import type { Readiness } from '@regfleet/runtime';
import type { ServicePart } from './part.ts';

/** What readiness is told by. */
export interface ServiceState<F = Pick<Fleet, 'address' | 'isAnswering' | 'trouble'>> {
  /** Absent while Redis is waited for. */
  fleet?: F;
  /** Absent while they start. */
  parts?: readonly Pick<ServicePart, 'troubles'>[];
}

/** Ready is who does all that it is there for: not while Redis refuses some of it, though it answers. */
export function readiness({ fleet, parts }: ServiceState, stopping: AbortSignal): Readiness {
  const reasons: string[] = [];
  if (stopping.aborted) reasons.push('stopping');
  if (fleet === undefined) reasons.push('waiting for Redis');
  else if (fleet.trouble !== undefined) reasons.push(fleet.trouble.message);
  else if (!fleet.isAnswering) reasons.push(`no connection to Redis at ${fleet.address}`);
  else if (parts === undefined) reasons.push('starting');
  for (const part of parts ?? []) reasons.push(...(part.troubles?.() ?? []));
  return { ready: reasons.length === 0, reasons };
}

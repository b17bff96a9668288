import { namesRegistry, type SyncConfig } from '@regfleet/config';
import type { RequestLimitsOptions } from '@regfleet/fleet';
import type { Metrics } from '@regfleet/runtime';
import type { ServicePart } from './part.ts';
import type { Traffic } from './traffic.ts';

export interface GateOptions {
  readonly egress: string;
  readonly metrics: Pick<Metrics, 'requestWaited'>;
  readonly traffic: Pick<Traffic, 'waited'>;
}

/** What the gate of a service goes by, and the part of the service that keeps it up with a config that is read again. */
export function gateRules(
  config: SyncConfig,
  { egress, metrics, traffic }: GateOptions,
): { readonly rules: Omit<RequestLimitsOptions, 'meters'>; readonly part: ServicePart } {
  let current = config;
  return {
    rules: {
      egress,
      ratesOf: (registry) => current.rates.get(registry),
      onWait(registry, waitedMs) {
        traffic.waited();
        // What a redirect leads to may be anybody.
        metrics.requestWaited(namesRegistry(current, registry) ? registry : 'other', waitedMs);
      },
    },
    part: {
      reload(next) {
        current = next;
      },
      drain: async () => undefined,
    },
  };
}

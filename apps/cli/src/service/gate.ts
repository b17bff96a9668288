import { namesRegistry, registriesOf, type SyncConfig } from '@regfleet/config';
import type { RequestLimitsOptions } from '@regfleet/fleet';
import type { Metrics } from '@regfleet/runtime';
import type { ServicePart } from './part.ts';
import type { Traffic } from './traffic.ts';

export interface GateOptions {
  readonly egress: string;
  readonly metrics: Pick<Metrics, 'requestWaited' | 'allowanceTold'>;
  readonly traffic: Pick<Traffic, 'waited'>;
}

interface Gate {
  readonly rules: Omit<RequestLimitsOptions, 'meters'>;
  readonly part: ServicePart;
  /** Of the registries that the config names, each of them: 0 where it is not left alone. */
  pausesLeft(heard: ReadonlyMap<string, number>): ReadonlyMap<string, number>;
  /** Requests a second that are in force, as the config says or as was found out; those that nothing limits are left out. */
  requestRates(found: ReadonlyMap<string, number>): ReadonlyMap<string, number>;
}

/** What the gate of a service goes by, and the part of the service that keeps it up with a config that is read again. */
export function gateRules(config: SyncConfig, { egress, metrics, traffic }: GateOptions): Gate {
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
      onAllowance(registry, allowance) {
        if (namesRegistry(current, registry)) metrics.allowanceTold(registry, allowance);
      },
    },
    pausesLeft: (heard) => new Map([...registriesOf(current)].map((host) => [host, heard.get(host) ?? 0])),
    requestRates: (found) =>
      new Map(
        [...registriesOf(current)].flatMap((host): [string, number][] => {
          const rate = current.rates.get(host)?.requestsPerSecond ?? found.get(host);
          return rate === undefined ? [] : [[host, rate]];
        }),
      ),
    part: {
      reload(next) {
        current = next;
      },
      drain: async () => undefined,
    },
  };
}

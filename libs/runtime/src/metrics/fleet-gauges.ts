import { Gauge, type Registry } from 'prom-client';
import { scrapeReader } from './scrape-reader.ts';

/** What is told of the fleet at a scrape, whoever is asked. */
export interface FleetState {
  readonly processes: readonly { readonly role: Role; readonly state: ProcessState }[];
  /** Of Redis; absent where it does not tell. */
  readonly memory?: { readonly usedBytes: number; readonly limitBytes?: number } | undefined;
}

const ROLES = ['scheduler', 'worker'] as const;
const STATES = ['live', 'missing'] as const;

type Role = (typeof ROLES)[number];
type ProcessState = (typeof STATES)[number];

/**
 * Registers the gauges of the fleet.
 *
 * @returns reads what they tell, to be called before a scrape; where `state` fails, or knows nothing, they stay as they were.
 */
export function collectFleet(
  registry: Registry,
  state: () => Promise<FleetState | undefined>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  const read = scrapeReader(state, onError);
  const registers = [registry];
  const processes = new Gauge({
    name: 'regfleet_processes',
    help: 'Processes of the fleet, by role (scheduler, worker) and state (live; missing: fell silent within a day without signing off).',
    labelNames: ['role', 'state'],
    registers,
  });
  const used = new Gauge({
    name: 'regfleet_redis_memory_used_bytes',
    help: 'Memory that Redis uses.',
    registers,
  });
  const limit = new Gauge({
    name: 'regfleet_redis_memory_limit_bytes',
    help: 'Memory that Redis may use, its maxmemory; absent where it has none, or does not tell.',
    registers,
  });
  // prom-client begins those without labels at 0, which would be believed until Redis tells.
  for (const gauge of [used, limit]) gauge.remove();
  return async () => {
    const found = await read();
    if (found === undefined) return;
    for (const role of ROLES)
      for (const at of STATES)
        processes.set(
          { role, state: at },
          found.processes.filter((one) => one.role === role && one.state === at).length,
        );
    tell(used, found.memory?.usedBytes);
    tell(limit, found.memory?.limitBytes);
  };
}

function tell(gauge: Gauge, value: number | undefined): void {
  if (value === undefined) gauge.remove();
  else gauge.set(value);
}

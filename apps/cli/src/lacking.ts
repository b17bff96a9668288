import type { WorkerStatus } from '@regfleet/fleet';
import type { RelayName } from '@regfleet/model';

export interface Needs {
  readonly role?: 'scheduler';
  /** Each is to be had by a worker at least. */
  readonly relays: Iterable<RelayName>;
}

/** What no running process is there for, a sentence each: whatever is queued for it waits. */
export function lacking(
  processes: readonly Pick<WorkerStatus, 'role' | 'relays'>[],
  { role, relays }: Needs,
): string[] {
  const workers = processes.filter((process) => process.role === 'worker');
  const told = role === undefined || processes.some((process) => process.role === role) ? [] : [notOne(role)];
  if (workers.length === 0) return [...told, notOne('worker')];
  const had = new Set(workers.flatMap((worker) => worker.relays));
  const missing = [...new Set(relays)].filter((relay) => !had.has(relay));
  return [
    ...told,
    ...missing.map(
      (relay) => `no running worker has the ${relay} relay: what is queued for it waits until one has`,
    ),
  ];
}

const notOne = (role: WorkerStatus['role']): string =>
  `no ${role} is running: what is queued waits until \`regfleet ${role}\` is started`;

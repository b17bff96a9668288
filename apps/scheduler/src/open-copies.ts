import type { Lanes } from '@regfleet/fleet';

/** Copies of the whole fleet that have not ended, also those of lanes that no task uses any more. */
interface OpenCopies {
  /** All of them: what an autoscaler goes by. One that is put aside needs a worker as well, to be taken up again. */
  readonly copies: number;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
}

/** Counts what workers have to do; firings that are planned, and runs that are expanded, are the schedulers'. */
export async function openCopies(lanes: Pick<Lanes, 'status'>): Promise<OpenCopies> {
  const statuses = await lanes.status();
  const sum = (state: 'waiting' | 'active' | 'delayed'): number =>
    statuses.reduce((total, status) => total + status[state], 0);
  const [waiting, active, delayed] = [sum('waiting'), sum('active'), sum('delayed')];
  return { copies: waiting + active + delayed, waiting, active, delayed };
}

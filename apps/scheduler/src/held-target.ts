import { nextFiring, type Task } from '@regfleet/config';
import { type FleetStore, holdsBack, type RunTicket } from '@regfleet/fleet';
import { LONGEST_TIMER_MS, type Location, type Logger } from '@regfleet/model';

interface Firing {
  readonly task: Pick<Task, 'targets' | 'schedule'>;
  readonly ticket: Pick<RunTicket, 'trigger'>;
}

type Holding = Pick<FleetStore, 'holds'>;

/** What comes once only, or what somebody waits for, waits for all targets. */
const waitsForAll = ({ task: { targets, schedule }, ticket: { trigger } }: Firing): boolean =>
  targets.length === 1 || schedule === undefined || trigger === 'operator';

/**
 * Those of several targets that nobody has paused, where there are such: the run would not end before the others go on, and the task's
 * next ones not begin.
 */
export function dueTargets(
  firing: Firing,
  { fleet: { holds }, logger }: { readonly fleet: Holding; readonly logger: Logger },
): readonly Location[] {
  const { targets } = firing.task;
  if (waitsForAll(firing)) return targets;
  const isPaused = ({ registry: { host: target } }: Location): boolean =>
    holds.current.some((hold) => hold.cause === 'operator' && holdsBack(hold, { target }));
  const due = targets.filter((target) => !isPaused(target));
  if (due.length === 0) return targets;
  for (const { registry } of targets.filter(isPaused))
    logger.warn({ target: registry.text }, 'target left out of this run: it is paused');
  return due;
}

/** How long the planning for one target may go on. */
export interface TargetTime {
  /** Aborts with the run, and when the target is left out. */
  readonly signal: AbortSignal;
  readonly isLeftOut: boolean;
  stop(): void;
}

// A firing is skipped that comes sooner than half an interval after the end of the last run.
const PART_OF_INTERVAL = 4;

/**
 * Leaves a target of several out that is down or held for a part of the time to the next run, while another one is not: that run would not
 * begin before this one ends, and what is new would wait at all targets.
 *
 * @param options.graceMs - absent: a quarter of that time.
 */
export function timeFor(
  { registry: { host } }: Location,
  firing: Firing,
  options: { readonly fleet: Holding; readonly signal: AbortSignal; readonly graceMs?: number | undefined },
): TargetTime {
  const { fleet, signal } = options;
  const { schedule, targets } = firing.task;
  if (schedule === undefined || waitsForAll(firing))
    return { signal, isLeftOut: false, stop: () => undefined };
  const nowMs = Date.now();
  const graceMs = options.graceMs ?? (nextFiring(schedule, nowMs) - nowMs) / PART_OF_INTERVAL;
  const end = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const isHeld = (target: string): boolean => fleet.holds.isHeld({ target });
  const look = (): void => {
    const waitsAlone = isHeld(host) && targets.some(({ registry }) => !isHeld(registry.host));
    if (waitsAlone) timer ??= setTimeout(() => end.abort(), Math.min(graceMs, LONGEST_TIMER_MS)).unref();
    else {
      clearTimeout(timer);
      timer = undefined;
    }
  };
  const unlisten = fleet.holds.listen(look);
  look();
  return {
    signal: AbortSignal.any([signal, end.signal]),
    get isLeftOut() {
      return end.signal.aborted && !signal.aborted;
    },
    stop() {
      unlisten();
      clearTimeout(timer);
    },
  };
}

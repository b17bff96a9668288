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

// A firing is skipped that comes sooner than half an interval after the end of the last run; who is left out is so after twice this part.
const PART_OF_INTERVAL = 8;

/** How long each of several targets may keep a run of theirs waiting without a word; absent: for as long as it takes. */
export function graceOf(firing: Firing, nowMs: number): number | undefined {
  const { schedule } = firing.task;
  if (schedule === undefined || waitsForAll(firing)) return undefined;
  return Math.min((nextFiring(schedule, nowMs) - nowMs) / PART_OF_INTERVAL, LONGEST_TIMER_MS);
}

/** The planning for one target, as it goes on. */
interface Course {
  readonly end: AbortController;
  turns: number;
  /** Of `turns`, at the last look. */
  seen: number;
  /** False: it has ended, or what it has found waits for room. */
  isAsking: boolean;
}

/**
 * Leaves those of several targets out of a run that tell nothing, whatever they wait for, while others have gone on or have ended: the next
 * run would not begin before this one ends, and what is new would wait at all targets.
 */
export class TargetTimes {
  readonly #courses: Course[] = [];
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param graceMs - between two looks; absent: none is left out. */
  constructor(graceMs: number | undefined) {
    if (graceMs !== undefined) this.#timer = setInterval(() => this.#look(), graceMs).unref();
  }

  /** To be called for each before the first goes on. */
  begin(): Course {
    const course = { end: new AbortController(), turns: 0, seen: -1, isAsking: true };
    this.#courses.push(course);
    return course;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const isStuck = ({ isAsking, turns, seen }: Course): boolean => isAsking && turns === seen;
    const stuck = this.#courses.filter(isStuck);
    if (stuck.length < this.#courses.length) for (const { end } of stuck) end.abort();
    for (const course of this.#courses) course.seen = course.turns;
  }
}

/** The entries of one target, as they come. */
export async function* followed<Entry>(entries: AsyncIterable<Entry>, course: Course): AsyncGenerator<Entry> {
  try {
    for await (const entry of entries) {
      course.turns += 1;
      course.isAsking = false;
      yield entry;
      course.isAsking = true;
    }
  } finally {
    course.isAsking = false;
  }
}

import type { LaneParts } from '@regfleet/fleet';
import type { LocalCopy } from './local-copy.ts';

/** Copies that may be begun, by lane: those of operators first, then by their position in their run. */
export class LaneQueues {
  readonly #lanes = new Map<string, LocalCopy[]>();

  add(copy: LocalCopy): void {
    const lane = this.#lanes.get(copy.lane) ?? [];
    const before = lane.findLastIndex((other) => !precedes(copy, other));
    lane.splice(before + 1, 0, copy);
    this.#lanes.set(copy.lane, lane);
  }

  remove(copy: LocalCopy): void {
    const lane = this.#lanes.get(copy.lane) ?? [];
    const index = lane.indexOf(copy);
    if (index >= 0) lane.splice(index, 1);
    if (lane.length === 0) this.#lanes.delete(copy.lane);
  }

  /** Absent: the lane has none that may begin. */
  first(lane: string, mayBegin: (copy: LocalCopy) => boolean): LocalCopy | undefined {
    return this.#lanes.get(lane)?.find(mayBegin);
  }

  /** Lanes that are not empty. */
  lanes(): { readonly lane: string; readonly parts: LaneParts }[] {
    return [...this.#lanes.values()].flatMap(([copy]) => (copy === undefined ? [] : [copy]));
  }
}

function precedes(one: LocalCopy, other: LocalCopy): boolean {
  if (one.asked.isUrgent !== other.asked.isUrgent) return one.asked.isUrgent;
  return one.asked.position < other.asked.position;
}

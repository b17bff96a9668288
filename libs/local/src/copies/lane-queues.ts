import { type LaneParts, Turns } from '@regfleet/fleet';
import type { LocalCopy } from './local-copy.ts';

interface Lane {
  readonly copies: LocalCopy[];
  readonly turns: Turns;
}

/** Copies that may be begun, by lane: urgent ones first, by their position in their run, then the others, in turns. */
export class LaneQueues {
  readonly #lanes = new Map<string, Lane>();

  add(copy: LocalCopy): void {
    const lane = this.#lanes.get(copy.lane) ?? { copies: [], turns: new Turns() };
    giveTurn(copy, lane);
    const before = lane.copies.findLastIndex((other) => !precedes(copy, other));
    lane.copies.splice(before + 1, 0, copy);
    this.#lanes.set(copy.lane, lane);
  }

  remove(copy: LocalCopy): void {
    const copies = this.#lanes.get(copy.lane)?.copies ?? [];
    const index = copies.indexOf(copy);
    if (index >= 0) copies.splice(index, 1);
    if (copies.length === 0) this.#lanes.delete(copy.lane);
  }

  /** Absent: the lane has none that may begin. */
  first(lane: string, mayBegin: (copy: LocalCopy) => boolean): LocalCopy | undefined {
    return this.#lanes.get(lane)?.copies.find(mayBegin);
  }

  /** Lanes that are not empty. */
  lanes(): { readonly lane: string; readonly parts: LaneParts }[] {
    return [...this.#lanes.values()].flatMap(({ copies: [copy] }) => (copy === undefined ? [] : [copy]));
  }
}

function giveTurn(copy: LocalCopy, { copies, turns }: Lane): void {
  if (copy.asked.rank === 'urgent') return;
  const first = copies.find(({ asked }) => asked.rank === 'usual')?.turn;
  // One that waits again keeps its turn. The lane may have been empty since, and begun anew.
  copy.turn =
    copy.turn === undefined ? turns.next(copy.asked.runId, first) : Math.min(copy.turn, turns.last + 1);
}

function precedes(one: LocalCopy, other: LocalCopy): boolean {
  if (one.asked.rank !== other.asked.rank) return one.asked.rank === 'urgent';
  return placeOf(one) < placeOf(other);
}

const placeOf = ({ asked, turn }: LocalCopy): number => turn ?? asked.position;

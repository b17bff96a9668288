import {
  MOST_SOURCE_NOTES,
  type SourceChanges,
  type SourceNote,
  type SourceState,
  type SourceSummary,
} from '@regfleet/fleet';
import type { Digest } from '@regfleet/model';

// What nobody will ask about again is not told of for ever.
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;

type Subject = SourceNote['subject'];

const keyOf = (subject: Subject, name: string): string => `${subject} ${name}`;

/** What is noted of the source of one task, as its comparison goes on. */
export class SourceBook {
  /** By subject and name: what is the matter now. */
  readonly #notes = new Map<string, SourceNote>();
  /** Tags that have moved, whatever else is the matter with them. */
  readonly #moved = new Map<string, SourceNote>();
  readonly #seen = new Set<string>();
  #set: SourceNote[] = [];
  #dropped: SourceNote[] = [];

  constructor(notes: readonly SourceNote[]) {
    for (const note of notes) this.#of(note.state).set(keyOf(note.subject, note.name), note);
  }

  get notes(): readonly SourceNote[] {
    return [...this.#notes.values(), ...this.#moved.values()];
  }

  /** @returns true: it was not so before. */
  note(found: Omit<SourceNote, 'sinceMs'>): boolean {
    const key = keyOf(found.subject, found.name);
    this.#seen.add(key);
    const known = this.#of(found.state).get(key);
    if (known?.state === found.state) return false;
    if (known === undefined && this.notes.length >= MOST_SOURCE_NOTES) return false;
    const note = { ...found, sinceMs: Date.now() };
    this.#of(found.state).set(key, note);
    this.#set.push(note);
    return true;
  }

  /** It is there, and can be read. */
  isThere(subject: Subject, name: string): void {
    const note = this.#notes.get(keyOf(subject, name));
    if (note !== undefined) this.#drop(note);
  }

  /** The tag names that. @returns true: it had moved, and is back. */
  names(name: string, digest: Digest): boolean {
    const note = this.#moved.get(keyOf('tag', name));
    if (note?.was !== digest) return false;
    this.#drop(note);
    return true;
  }

  /**
   * Drops what has grown old, and after a comparison that told everything also what it did not come upon, but for what it could not.
   *
   * @param isOurs - whether the task still has to do with what is in no list any more, or has moved.
   */
  end(isComplete: boolean, isOurs: (note: SourceNote) => boolean): void {
    const oldestMs = Date.now() - KEPT_MS;
    for (const note of this.notes) {
      if (this.#seen.has(keyOf(note.subject, note.name))) continue;
      const isLasting = note.isByList === true || note.state === 'moved';
      if (note.sinceMs < oldestMs || (isComplete && !(isLasting && isOurs(note)))) this.#drop(note);
    }
  }

  /** What has changed and was not written yet. */
  changes(): Pick<SourceChanges, 'notes' | 'dropped' | 'summary'> {
    return { notes: [...this.#set], dropped: [...this.#dropped], summary: this.#summary() };
  }

  /** These are kept now. */
  written({ notes, dropped }: Pick<SourceChanges, 'notes' | 'dropped'>): void {
    this.#set = this.#set.filter((note) => !notes.includes(note));
    this.#dropped = this.#dropped.filter((note) => !dropped.includes(note));
  }

  #of(state: SourceState): Map<string, SourceNote> {
    return state === 'moved' ? this.#moved : this.#notes;
  }

  #drop(note: SourceNote): void {
    const isNoted = this.#of(note.state).delete(keyOf(note.subject, note.name));
    if (!isNoted) return;
    this.#set = this.#set.filter((set) => set !== note);
    this.#dropped.push(note);
  }

  #summary(): SourceSummary {
    const summary: Partial<Record<SourceState, { count: number; sinceMs: number }>> = {};
    for (const { state, sinceMs } of this.notes) {
      const known = summary[state] ?? { count: 0, sinceMs };
      summary[state] = { count: known.count + 1, sinceMs: Math.min(known.sinceMs, sinceMs) };
    }
    return summary;
  }
}

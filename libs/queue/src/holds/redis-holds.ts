import { randomBytes } from 'node:crypto';
import {
  HOLD_CAUSES,
  type Hold,
  HoldBook,
  type HoldCause,
  type HoldScope,
  type Holds,
  type NewHold,
  type WorkParts,
} from '@regfleet/fleet';
import { unlessAborted } from '@regfleet/model';
import { z } from 'zod';
import type { Internals } from '../jobs/internals.ts';
import { type Repetition, repeat } from '../redis/repeat.ts';
import { runScript } from '../redis/script.ts';
import { releaseParked } from './parked-copies.ts';
import { LIFT_HOLD, MOST_HOLDS, PLACE_HOLDS, READ_HOLDS } from './scripts.ts';
import { fieldOf, holdText, parseAnswer, readHold, type StoredHolds } from './wire.ts';

/** Those that began in the same millisecond come in the order of their causes, so that a list says the same each time. */
const byAge = (a: Hold, b: Hold): number =>
  a.sinceMs - b.sinceMs || HOLD_CAUSES.indexOf(a.cause) - HOLD_CAUSES.indexOf(b.cause);

// A signal can be lost.
const LOOK_MS = 2_000;

interface Reading {
  readonly epoch: string | undefined;
  /** By their fields. */
  readonly holds: ReadonlyMap<string, Hold>;
}

/** The holds of a fleet, as one process keeps up with them from when it first wants to know. */
export class RedisHolds implements Holds {
  readonly #internals: Internals;
  readonly #book = new HoldBook();
  #known: Reading = { epoch: undefined, holds: new Map() };
  #look: Repetition | undefined;
  #unlisten: (() => void) | undefined;
  readonly #firstLook = Promise.withResolvers<void>();
  #hasLooked = false;
  #isClosed = false;

  constructor(internals: Internals) {
    this.#internals = internals;
  }

  get current(): readonly Hold[] {
    return this.#book.current;
  }

  async list(): Promise<readonly Hold[]> {
    const { holds } = await this.#read();
    return [...holds.values()].sort(byAge);
  }

  async place({ forMs, ...hold }: NewHold): Promise<void> {
    const field = fieldOf(hold.scope, hold.cause);
    await this.#write([[field, holdText(hold), 0, forMs ?? '']], { message: 'placed' });
    await this.#catchUp();
  }

  async lift(scope: HoldScope, cause: HoldCause): Promise<boolean> {
    const { client, keys, signals } = this.#internals;
    const field = fieldOf(scope, cause);
    const count = z.number().parse(await runScript(client, LIFT_HOLD, [keys.holds], [field]));
    this.#forget(field);
    await signals.send('hold', `lifted ${field}`);
    if (scope.kind === 'task') await releaseParked(this.#internals, scope.task);
    return count > 0;
  }

  isHeld(work: WorkParts): boolean {
    return !this.#hasLooked || this.#book.isHeld(work);
  }

  async lifted(work: WorkParts, signal: AbortSignal): Promise<void> {
    this.#start();
    await unlessAborted(this.#firstLook.promise, signal);
    await this.#book.lifted(work, signal);
  }

  withhold(scope: HoldScope, forMs: number): () => void {
    return this.#book.withhold(scope, forMs);
  }

  listen(listener: () => void): () => void {
    this.#start();
    return this.#book.listen(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#hasLooked = true;
    this.#firstLook.resolve();
    this.#unlisten?.();
    this.#book.close();
    await this.#look?.stop();
  }

  #start(): void {
    if (this.#look !== undefined || this.#isClosed) return;
    const { logger, signals } = this.#internals;
    this.#look = repeat(LOOK_MS, logger, () => this.#catchUp());
    this.#unlisten = signals.listen((kind, id) => {
      if (kind !== 'hold' && kind !== 'gap') return;
      if (id.startsWith('lifted ')) this.#forget(id.slice('lifted '.length));
      this.#look?.now();
    });
    this.#look.now();
  }

  /** Somebody has lifted it: a store that was emptied is not to get it back. */
  #forget(field: string): void {
    const holds = new Map(this.#known.holds);
    if (!holds.delete(field)) return;
    this.#know({ epoch: this.#known.epoch, holds });
  }

  async #catchUp(): Promise<void> {
    let read = await this.#read();
    // As of now: somebody may have lifted one meanwhile.
    const before = this.#known;
    const lost = [...before.holds].filter(
      ([field, { untilMs }]) => !read.holds.has(field) && (untilMs === undefined || untilMs > Date.now()),
    );
    if (lost.length > 0 && before.epoch !== read.epoch) {
      await this.#placeAgain(lost);
      read = await this.#read();
    }
    this.#know(read);
    this.#hasLooked = true;
    this.#firstLook.resolve();
  }

  #know(reading: Reading): void {
    this.#known = reading;
    this.#book.set([...reading.holds.values()]);
  }

  async #read(): Promise<Reading> {
    const { client, keys, unreadable } = this.#internals;
    const answer = parseAnswer(
      await runScript(client, READ_HOLDS, [keys.holds], [...this.#known.holds.keys()]),
    );
    if (answer.isReplaced) unreadable.tell(keys.holds, 'it was of another type');
    if (answer.entries.length >= MOST_HOLDS) unreadable.tell(keys.holds, `it has ${MOST_HOLDS} or more`);
    return { epoch: answer.epoch, holds: this.#holdsIn(answer) };
  }

  #holdsIn({ nowMs, entries }: StoredHolds): ReadonlyMap<string, Hold> {
    const { keys, unreadable } = this.#internals;
    const holds = new Map<string, Hold>();
    for (const [field, value] of entries) {
      const hold = readHold(field, value, nowMs);
      if (hold === undefined) unreadable.tell(keys.holds, `"${field}" is no hold`);
      else if (hold.untilMs === undefined || hold.untilMs > Date.now()) holds.set(field, hold);
    }
    return holds;
  }

  #placeAgain(lost: readonly (readonly [string, Hold])[]): Promise<void> {
    const nowMs = Date.now();
    const entries = lost.map(
      ([field, hold]) =>
        [
          field,
          holdText(hold),
          hold.sinceMs - nowMs,
          hold.untilMs === undefined ? '' : hold.untilMs - nowMs,
        ] as const,
    );
    return this.#write(entries, { message: 'placed again', keepsOthers: true });
  }

  async #write(
    entries: readonly (readonly [string, string, number, number | ''])[],
    { message, keepsOthers }: { message: string; keepsOthers?: boolean },
  ): Promise<void> {
    const { client, keys } = this.#internals;
    const epoch = randomBytes(6).toString('base64url');
    const args = [epoch, keys.signals, `hold ${message}`, keepsOthers ? '1' : '', ...entries.flat()];
    await runScript(client, PLACE_HOLDS, [keys.holds], args);
  }
}

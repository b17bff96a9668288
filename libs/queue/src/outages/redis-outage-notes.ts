import {
  type NoteChange,
  type OutageNote,
  type OutageNotes,
  type OutageSubject,
  parseSubjectName,
  type SeenOutage,
  seenOutage,
  subjectName,
} from '@regfleet/fleet';
import { parseJson } from '@regfleet/model';
import { z } from 'zod';
import type { Internals } from '../jobs/internals.ts';
import { epochMs } from '../redis/epoch.ts';
import { runScript } from '../redis/script.ts';
import { LIST_FAILING, MOST_NOTES, READ_NOTE, WRITE_NOTE } from './scripts.ts';

// Each time somebody else was faster: with as many processes as that at once, something else is wrong.
const MOST_TRIES = 64;

const MOST_NAME = 200;

const name = z.string().max(MOST_NAME);

const written = z.object({
  workedAtMs: epochMs.exactOptional(),
  downSinceMs: epochMs.exactOptional(),
  failedAtMs: epochMs.exactOptional(),
  failing: z.array(name).max(64).exactOptional(),
  code: name.exactOptional(),
  probes: z.number().int().min(0).exactOptional(),
  probe: z.object({ by: name, untilMs: epochMs }).exactOptional(),
  nextProbeAtMs: epochMs.exactOptional(),
});

const listing = z.tuple([z.number(), z.array(z.string())]);

// The text alone does not do: bytes that are no UTF-8 do not come back as they were.
const reading = z.tuple([z.number(), z.string().nullable(), z.string()]);

/** The notes of a fleet. */
export class RedisOutageNotes implements OutageNotes {
  readonly #internals: Internals;

  constructor(internals: Internals) {
    this.#internals = internals;
  }

  async change<Result>(subject: OutageSubject, change: NoteChange<Result>): Promise<Result> {
    const { client, keys } = this.#internals;
    const name = subjectName(subject);
    for (let tries = 1; ; tries += 1) {
      const [nowMs, text, mark] = reading.parse(await runScript(client, READ_NOTE, [keys.outages], [name]));
      const { note, result } = change(this.#noteIn(name, text), nowMs);
      const after = JSON.stringify(note);
      if (after === text) return result;
      const stands = await runScript(client, WRITE_NOTE, [keys.outages], [name, mark, after]);
      if (stands === 1 || tries >= MOST_TRIES) return result;
    }
  }

  /** What fails, whoever has seen it, in the order of their names. */
  async list(): Promise<SeenOutage[]> {
    const { client, keys } = this.#internals;
    const [nowMs, entries] = listing.parse(await runScript(client, LIST_FAILING, [keys.outages], []));
    const names = entries.filter((_, index) => index % 2 === 0);
    const notes = new Map(
      names.map((name, index) => [name, this.#noteIn(name, entries[2 * index + 1] ?? '')]),
    );
    return [...notes]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .flatMap(([name, note]) => {
        const subject = parseSubjectName(name);
        return (subject && seenOutage(subject, note, nowMs)) ?? [];
      });
  }

  async keepOnly(isNamed: (registry: string) => boolean): Promise<void> {
    const { client, keys } = this.#internals;
    const names: string[] = [];
    let cursor = '0';
    do {
      const [next, entries] = await client.hscan(keys.outages, cursor, 'COUNT', MOST_NOTES);
      cursor = next;
      names.push(...entries.filter((_, index) => index % 2 === 0));
    } while (cursor !== '0' && names.length < MOST_NOTES);
    const gone = names.filter((name) => {
      const subject = parseSubjectName(name);
      return subject === undefined || !isNamed(subject.registry);
    });
    if (gone.length > 0) await client.hdel(keys.outages, ...gone);
  }

  #noteIn(name: string, text: string | null): OutageNote {
    if (text === null) return {};
    const { keys, unreadable } = this.#internals;
    const { success, data } = written.safeParse(parseJson(text));
    if (success) return data;
    unreadable.tell(keys.outages, `"${name}" has no note`);
    return {};
  }
}

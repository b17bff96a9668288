import { promisify } from 'node:util';
import {
  MOST_SOURCE_NOTES,
  SOURCE_STATES,
  type SourceChanges,
  type SourceNote,
  type SourceNotes,
  type SourceSummary,
} from '@regfleet/fleet';
import { isTagName, parseDigest, parseJson } from '@regfleet/model';
import { z } from 'zod';
import type { Internals } from '../jobs/internals.ts';
import { epochMs } from '../redis/epoch.ts';

// A tag takes three bytes where tags are numbers, twenty where they are hashes: 200,000 of the latter.
const MOST_PACKED_BYTES = 4 * 1024 * 1024;
// As many tags of the longest name as a registry may list.
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_SUMMARY = 1_000;

// Loaded for the first note: each command that speaks to Redis has this file, and few of them read or write one.
const zlib = (): typeof import('node:zlib') => process.getBuiltinModule('node:zlib');
const deflate = (text: string): Promise<Buffer> => promisify(zlib().deflateRaw)(text);
const inflate = (packed: Uint8Array, bounds: { maxOutputLength: number }): Promise<Buffer> =>
  promisify<Uint8Array, typeof bounds, Buffer>(zlib().inflateRaw)(packed, bounds);

const digest = z.string().transform((text, context) => {
  try {
    return parseDigest(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'not a digest' });
    return z.NEVER;
  }
});
const noteSchema = z.object({
  subject: z.enum(['tag', 'repository', 'listing']),
  name: z.string().max(1_024),
  state: z.enum(SOURCE_STATES),
  sinceMs: epochMs,
  isByList: z.literal(true).optional(),
  was: digest.optional(),
});
const summarySchema = z.partialRecord(
  z.enum(SOURCE_STATES),
  z.object({ count: z.number().int().min(1), sinceMs: epochMs }),
);

/** Notes in one hash for each task, the chosen tags of its repositories in another, packed; the summary with what else is known of the task. */
export class RedisSourceNotes implements SourceNotes {
  readonly #internals: Internals;

  constructor(internals: Internals) {
    this.#internals = internals;
  }

  async list(task: string): Promise<SourceNote[]> {
    const { client, keys, unreadable } = this.#internals;
    const key = keys.sourceNotes(task);
    const texts = await unreadable.unless(key, async () => {
      if ((await client.hlen(key)) <= 2 * MOST_SOURCE_NOTES) return client.hgetall(key);
      unreadable.tell(key, 'there are more notes than anybody writes');
      await client.unlink(key);
      return {};
    });
    const notes = Object.entries(texts ?? {}).map(
      ([field, text]) => [field, noteSchema.safeParse(parseJson(text)).data] as const,
    );
    // Nobody would ever take them out again, and there is room for so many.
    const strange = notes.filter(([, note]) => note === undefined).map(([field]) => field);
    if (strange.length > 0) await client.hdel(key, ...strange);
    return notes
      .map(([, note]) => note)
      .filter((note) => note !== undefined)
      .map(({ isByList, was, ...note }) => ({
        ...note,
        ...(isByList !== undefined && { isByList }),
        ...(was !== undefined && { was }),
      }))
      .sort((one, other) => one.sinceMs - other.sinceMs || (one.name < other.name ? -1 : 1));
  }

  async summaries(tasks: readonly string[]): Promise<SourceSummary[]> {
    const { client, keys, unreadable } = this.#internals;
    const pipeline = client.pipeline();
    for (const task of tasks) pipeline.hget(keys.task(task), 'vanished');
    const replies = (await pipeline.exec()) ?? [];
    return tasks.map((task, at) => {
      const [error, text] = replies[at] ?? [];
      if (error != null) unreadable.tell(keys.task(task), error.message);
      if (typeof text !== 'string' || text.length > MOST_SUMMARY) return {};
      return (summarySchema.safeParse(parseJson(text)).data ?? {}) as SourceSummary;
    });
  }

  async chosenTags(task: string, repository: string): Promise<readonly string[] | undefined> {
    const { client, keys, unreadable } = this.#internals;
    const key = keys.sourceTags(task);
    return await unreadable.unless(key, async () => {
      if ((await client.hstrlen(key, repository)) > MOST_PACKED_BYTES) return undefined;
      const packed = await client.hgetBuffer(key, repository);
      if (packed === null) return undefined;
      const text = (await inflate(packed, { maxOutputLength: MOST_BYTES })).toString('utf8');
      return text.split('\n').filter(isTagName);
    });
  }

  async chosenRepositories(task: string): Promise<readonly string[]> {
    const { client, keys, unreadable } = this.#internals;
    const key = keys.sourceTags(task);
    return (await unreadable.unless(key, () => client.hkeys(key))) ?? [];
  }

  async write(
    task: string,
    { notes, dropped, chosen, forgotten = [], summary }: SourceChanges,
  ): Promise<void> {
    const { client, keys } = this.#internals;
    const [noteKey, tagKey] = [keys.sourceNotes(task), keys.sourceTags(task)];
    // Together, or a tag that is gone might be known no more and not be noted either.
    const transaction = client.multi();
    if (notes.length > 0)
      transaction.hset(noteKey, ...notes.flatMap((note) => [fieldOf(note), JSON.stringify(note)]));
    if (dropped.length > 0) transaction.hdel(noteKey, ...dropped.map(fieldOf));
    if (chosen !== undefined) {
      const packed = await deflate(chosen.tags.join('\n'));
      if (packed.length <= MOST_PACKED_BYTES) transaction.hset(tagKey, chosen.repository, packed);
      else transaction.hdel(tagKey, chosen.repository);
    }
    if (forgotten.length > 0) transaction.hdel(tagKey, ...forgotten);
    if (Object.keys(summary).length > 0)
      transaction.hset(keys.task(task), 'vanished', JSON.stringify(summary));
    else transaction.hdel(keys.task(task), 'vanished');
    await transaction.exec();
  }
}

/** A tag may have moved and be gone as well. */
const fieldOf = ({ subject, name, state }: SourceNote): string =>
  `${state === 'moved' ? 'moved ' : ''}${subject} ${name}`;

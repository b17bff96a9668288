import { type LaneParts, parseLane, type RunImage } from '@regfleet/fleet';
import { z } from 'zod';
import type { Internals } from '../../jobs/internals.ts';
import { runScript } from '../../redis/script.ts';
import { MOST_IMAGES } from '../retention.ts';
import { LONGEST_ENTRY, type RunFacts, unpackImage } from './packed-entry.ts';
import { READ_PAGE } from './scripts.ts';

const PAGE = 500;
// More than any config names; whoever can write to Redis chooses how many a run says it has.
const MOST_LANES = 1_000;

const page = z.array(z.string());

/** The images that Redis still has of a run, page by page. */
export async function* readImages(
  internals: Internals,
  runId: string,
  { failedOnly = false }: { failedOnly?: boolean },
): AsyncGenerator<RunImage> {
  const { keys } = internals;
  const facts = await factsOf(internals, runId);
  if (facts === undefined) return;
  yield* readList(internals, keys.runFailures(runId), facts);
  if (!failedOnly) yield* readList(internals, keys.runImages(runId), facts);
}

async function* readList(internals: Internals, key: string, facts: RunFacts): AsyncGenerator<RunImage> {
  const { client, unreadable } = internals;
  for (let first = 0; first < MOST_IMAGES; first += PAGE) {
    const args = [first, first + PAGE - 1, LONGEST_ENTRY];
    const entries =
      (await unreadable.unless(key, async () =>
        page.parse(await runScript(client, READ_PAGE, [key], args)),
      )) ?? [];
    for (const entry of entries) {
      const image = unpackImage(entry, facts);
      if (image === undefined) unreadable.tell(key, 'an image of the run cannot be read');
      else yield image;
    }
    if (entries.length < PAGE) return;
  }
}

/** Absent: there is no such run, or its record is no record. */
async function factsOf(
  { client, keys, unreadable }: Internals,
  runId: string,
): Promise<RunFacts | undefined> {
  const key = keys.run(runId);
  const read = await unreadable.unless(key, async () => {
    const [task, count] = await client.hmget(key, 'task', 'lanes');
    const numbers = Array.from({ length: Math.min(MOST_LANES, Number(count) || 0) }, (_, at) => `${at + 1}`);
    const names =
      numbers.length === 0 ? [] : await client.hmget(key, ...numbers.map((number) => `lane#${number}`));
    return { task, lanes: new Map(numbers.map((number, at) => [number, laneOf(names[at])])) };
  });
  if (read === undefined) return undefined;
  return { task: read.task ?? undefined, lane: (number) => read.lanes.get(number) };
}

const laneOf = (name: string | null | undefined): LaneParts | undefined =>
  name == null ? undefined : parseLane(name);

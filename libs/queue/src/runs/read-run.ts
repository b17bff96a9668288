import { MOST_RUN_ERRORS, type RunRecord } from '@regfleet/fleet';
import { clip, ERROR_CODES, type ErrorCode, parseJson, type SerialisedSyncError } from '@regfleet/model';
import { z } from 'zod';
import type { Internals } from '../jobs/internals.ts';
import { epochMs } from '../redis/epoch.ts';
import { redisTrouble } from '../redis/trouble.ts';

const count = z.coerce.number().default(0);
const time = z.coerce.number().pipe(epochMs);
// More than any of ours: whoever can write to Redis must not fill logs, metrics and terminals.
const LONGEST = { name: 1_024, message: 4_096 };
const textOf = (limit: number) => z.string().transform((text) => clip(text, limit));
const name = textOf(LONGEST.name);
const message = textOf(LONGEST.message);

const runSchema = z.object({
  task: name.optional(),
  trigger: z.enum(['schedule', 'start', 'operator']),
  retryOf: name.exactOptional(),
  startedAtMs: time,
  finishedAtMs: time.optional(),
  outcome: z.enum(['succeeded', 'failed', 'skipped', 'cancelled']).optional(),
  reason: message.optional(),
  expanded: z.literal('1').optional(),
  repositories: count,
  listed: count,
  selected: count,
  inSync: count,
  enqueued: count,
  copied: count,
  unchanged: count,
  failed: count,
  skipped: count,
  emptyFilters: z.coerce.number().exactOptional(),
  bytesCopied: z.coerce.number().exactOptional(),
});

const FIELDS = Object.keys(runSchema.shape);

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code);

const errorSchema = z.object({
  code: z.string().refine(isErrorCode).catch('INTERNAL'),
  message,
  hint: message.exactOptional(),
  side: z.enum(['source', 'target']).exactOptional(),
  reference: name.exactOptional(),
  registry: name.exactOptional(),
  httpStatus: z.number().exactOptional(),
  retryAfterMs: z.number().exactOptional(),
});

/**
 * @returns in the order of `ids`; unknown and trimmed runs are left out.
 * @throws {SyncError} where Redis refuses to tell: then nothing is known of any.
 */
export async function readRuns(internals: Internals, ids: readonly string[]): Promise<RunRecord[]> {
  if (ids.length === 0) return [];
  const { client, keys } = internals;
  const pipeline = client.pipeline();
  for (const id of ids)
    pipeline.hmget(keys.run(id), ...FIELDS).lrange(keys.runErrors(id), 0, MOST_RUN_ERRORS - 1);
  const replies = (await pipeline.exec()) ?? [];
  for (const [error] of replies) {
    const trouble = redisTrouble(error);
    if (trouble !== undefined) throw trouble;
  }
  return ids.flatMap((id, index) => {
    const record = parseRun(internals, id, replies[2 * index]?.[1]);
    if (record === undefined) return [];
    return [{ ...record, errors: parseErrors(internals, id, replies[2 * index + 1]?.[1]) }];
  });
}

function parseRun(
  { keys, unreadable }: Internals,
  id: string,
  values: unknown,
): Omit<RunRecord, 'errors'> | undefined {
  const written = writtenFields(values);
  if (written?.length === 0) return undefined;
  const parsed = runSchema.safeParse(written && Object.fromEntries(written));
  if (!parsed.success) {
    unreadable.tell(keys.run(id), z.prettifyError(parsed.error));
    return undefined;
  }
  const {
    task,
    trigger,
    retryOf,
    startedAtMs,
    finishedAtMs,
    outcome,
    reason,
    expanded,
    bytesCopied,
    ...counts
  } = parsed.data;
  return {
    id,
    ...(task !== undefined && { task }),
    trigger,
    ...(retryOf !== undefined && { retryOf }),
    startedAtMs,
    ...(finishedAtMs !== undefined && { finishedAtMs }),
    ...(outcome !== undefined && { outcome }),
    ...(reason !== undefined && { reason }),
    expanded: expanded !== undefined,
    counts,
    ...(bytesCopied !== undefined && { bytesCopied }),
  };
}

/** Pairs of field and value; absent when Redis refused to tell them. */
function writtenFields(values: unknown): [string, unknown][] | undefined {
  if (!Array.isArray(values)) return undefined;
  return FIELDS.map((field, index): [string, unknown] => [field, values[index]]).filter(
    ([, value]) => value !== null,
  );
}

function parseErrors({ keys, unreadable }: Internals, id: string, texts: unknown): SerialisedSyncError[] {
  const parsed = z.array(z.string()).safeParse(texts);
  const errors = (parsed.data ?? []).map((text) => errorSchema.safeParse(parseJson(text)).data);
  if (!parsed.success || errors.includes(undefined))
    unreadable.tell(keys.runErrors(id), 'an error of the run cannot be read');
  return errors.flatMap((error) =>
    error === undefined ? [] : [{ kind: ERROR_CODES[error.code], ...error }],
  );
}

import { ERROR_CODES, type ErrorCode, type SerialisedSyncError } from '@regfleet/model';
import { z } from 'zod';
import type { RunRecord } from '../contract.ts';
import type { Internals } from '../internals.ts';

const count = z.coerce.number().default(0);

const runSchema = z.object({
  task: z.string().optional(),
  trigger: z.enum(['schedule', 'start', 'operator']),
  startedAtMs: z.coerce.number(),
  finishedAtMs: z.coerce.number().optional(),
  outcome: z.enum(['succeeded', 'failed', 'skipped', 'cancelled']).optional(),
  reason: z.string().optional(),
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
});

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code);

const errorSchema = z.object({
  code: z.string().refine(isErrorCode).catch('INTERNAL'),
  message: z.string(),
  hint: z.string().exactOptional(),
  side: z.enum(['source', 'target']).exactOptional(),
  reference: z.string().exactOptional(),
  registry: z.string().exactOptional(),
  httpStatus: z.number().exactOptional(),
  retryAfterMs: z.number().exactOptional(),
});

/** @returns in the order of `ids`; unknown and trimmed runs are left out. */
export async function readRuns({ client, keys }: Internals, ids: readonly string[]): Promise<RunRecord[]> {
  if (ids.length === 0) return [];
  const pipeline = client.pipeline();
  for (const id of ids) pipeline.hgetall(keys.run(id)).lrange(keys.runErrors(id), 0, -1);
  const replies = (await pipeline.exec()) ?? [];
  return ids.flatMap((id, index) => {
    const record = parseRun(id, replies[2 * index]?.[1], replies[2 * index + 1]?.[1]);
    return record === undefined ? [] : [record];
  });
}

function parseRun(id: string, hash: unknown, errors: unknown): RunRecord | undefined {
  const parsed = runSchema.safeParse(hash);
  if (!parsed.success) return undefined;
  const { task, trigger, startedAtMs, finishedAtMs, outcome, reason, expanded, ...counts } = parsed.data;
  return {
    id,
    ...(task !== undefined && { task }),
    trigger,
    startedAtMs,
    ...(finishedAtMs !== undefined && { finishedAtMs }),
    ...(outcome !== undefined && { outcome }),
    ...(reason !== undefined && { reason }),
    expanded: expanded !== undefined,
    counts,
    errors: z.array(z.string()).catch([]).parse(errors).map(parseError),
  };
}

function parseError(json: string): SerialisedSyncError {
  const error = errorSchema.parse(JSON.parse(json));
  return { kind: ERROR_CODES[error.code], ...error };
}

import {
  type CopyRequest,
  formatPlatform,
  formatReference,
  isDigest,
  parsePlatform,
  parseReference,
  RELAY_NAMES,
  SyncError,
} from '@regfleet/model';
import { z } from 'zod';
import type { CopyOrder, RunTrigger } from './contract.ts';
import { HandBackError } from './hand-back.ts';

const VERSION = 1;

// During a rolling deployment, a job of the next release waits for a process of the next release.
const NEWER_RELEASE_DELAY_MS = 15_000;

/** What a copy job carries. Unknown keys are ignored: the next release may add some. */
const copySchema = z.object({
  v: z.literal(VERSION),
  source: z.string(),
  target: z.string(),
  relay: z.enum(RELAY_NAMES),
  task: z.string().optional(),
  platform: z.string().optional(),
  digest: z.string().refine(isDigest).optional(),
  /** Upper bound of the wait before the second try, and of any wait, in milliseconds. */
  backoff: z.tuple([z.number(), z.number()]),
});

export type CopyPayload = z.input<typeof copySchema>;

export interface CopyWork {
  readonly request: CopyRequest;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
}

export function writeCopyPayload(order: CopyOrder): CopyPayload {
  const { request } = order;
  const platform = formatPlatform(request.platform);
  return {
    v: VERSION,
    source: formatReference(request.source),
    target: formatReference(request.target),
    relay: request.relay,
    ...(request.task !== undefined && { task: request.task }),
    ...(platform !== '' && { platform }),
    ...(request.sourceDigest !== undefined && { digest: request.sourceDigest }),
    backoff: [order.backoffMs, order.maxBackoffMs],
  };
}

/**
 * @throws {HandBackError} on a payload of a later release.
 * @throws {SyncError} `INTERNAL` on anything else that no release of ours wrote.
 */
export function readCopyPayload(data: unknown): CopyWork {
  const payload = parse(copySchema, data);
  const platform = payload.platform === undefined ? undefined : parsePlatform(payload.platform);
  const [backoffMs, maxBackoffMs] = payload.backoff;
  return {
    request: {
      source: parseReference(payload.source),
      target: parseReference(payload.target),
      relay: payload.relay,
      ...(payload.task !== undefined && { task: payload.task }),
      ...(platform !== undefined && { platform }),
      ...(payload.digest !== undefined && { sourceDigest: payload.digest }),
    },
    backoffMs,
    maxBackoffMs,
  };
}

const runSchema = z.object({
  v: z.literal(VERSION),
  task: z.string(),
  trigger: z.enum(['schedule', 'start', 'operator']),
  /** Of the task's definition, in the template of a schedule: tells whether it must be replaced. */
  fingerprint: z.string().optional(),
});

export type RunPayload = z.infer<typeof runSchema>;

export function writeRunPayload(task: string, trigger: RunTrigger, fingerprint?: string): RunPayload {
  return { v: VERSION, task, trigger, ...(fingerprint !== undefined && { fingerprint }) };
}

/** @throws as `readCopyPayload`. */
export function readRunPayload(data: unknown): RunPayload {
  return parse(runSchema, data);
}

function parse<Schema extends z.ZodType>(schema: Schema, data: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const { v } = z
    .object({ v: z.number().catch(0) })
    .catch({ v: 0 })
    .parse(data);
  if (v > VERSION) {
    throw new HandBackError(
      NEWER_RELEASE_DELAY_MS,
      `the job is of payload version ${v}, this process reads ${VERSION}`,
    );
  }
  throw new SyncError('INTERNAL', {
    message: `a job could not be read: ${z.prettifyError(parsed.error)}`,
    hint: 'another program writes to the queues of this prefix, or the releases of the fleet are too far apart',
  });
}

import { type CopyOrder, HandBackError, type LaneParts, type RunTrigger, steadyNowMs } from '@regfleet/fleet';
import { type CopyRequest, formatPlatform, parsePlatform, type SeenTarget, SyncError } from '@regfleet/model';
import { z } from 'zod';
import { packDigest, packReferences, unpackDigest, unpackReferences } from './packed-image.ts';

const VERSION = 1;

// During a rolling deployment, a job of the next release waits for a process of the next release.
const NEWER_RELEASE_DELAY_MS = 15_000;

// Longer than any reference that can be copied: more is not looked at.
const text = z.string().max(1_024);

// Longer waits than anybody configures, and than Redis can keep in order.
const MOST_WAIT_S = 30 * 24 * 60 * 60;
const wait = z.number().transform((seconds) => Math.min(Math.max(0, seconds), MOST_WAIT_S));

/**
 * What a copy job carries, in few bytes since ten thousand of them wait at times: relay and registries are its lane's,
 * the run is its id's. Unknown keys are ignored: the next release may add some.
 */
const copySchema = z.object({
  v: z.literal(VERSION),
  /** Source without its registry. */
  from: text,
  /** Target without its registry; with neither tag nor digest it has the source's tag. */
  to: text,
  task: text.optional(),
  platform: text.optional(),
  /** Digest of the source when the copy was planned: base64url of a sha256 one, the text of any other. */
  sha256: text.optional(),
  digest: text.optional(),
  /** Upper bounds of the wait before the second try and before any, in seconds. */
  waitS: z.tuple([wait, wait]),
  /** The target had no such tag this long before the job was queued, in seconds. */
  lackS: z.number().optional(),
  /** With it: nor had it any other. */
  isNew: z.boolean().optional(),
  /** When the job was handed back first by a process whose config does not yield it, in epoch seconds. */
  backS: z.number().optional(),
  /** When the job was made to wait first, for whatever reason but the store's own, in epoch seconds. */
  deferS: z.number().optional(),
});

export type CopyPayload = z.input<typeof copySchema>;

export interface CopyWork {
  readonly request: CopyRequest;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** That the target had no such tag, and how long before the job was queued; absent: it had, or nobody knew. */
  readonly lack?: { readonly beforeMs: number; readonly isNewRepository: boolean };
  /** Epoch milliseconds, as the payload says: see `sinceFirstMs`. Absent: nobody has handed it back for want of a config that yields it. */
  readonly handedBackAtMs?: number;
  /** The same of whatever made it wait first; absent: nothing has. */
  readonly deferredAtMs?: number;
}

export function writeCopyPayload({ request, backoffMs, maxBackoffMs, seenTarget }: CopyOrder): CopyPayload {
  const platform = formatPlatform(request.platform);
  return {
    v: VERSION,
    ...packReferences(request),
    ...(request.task !== undefined && { task: request.task }),
    ...(platform !== '' && { platform }),
    ...(request.sourceDigest !== undefined && packDigest(request.sourceDigest)),
    waitS: [backoffMs / 1000, maxBackoffMs / 1000],
    ...(seenTarget !== undefined && lackOf(seenTarget)),
  };
}

/** Nothing where the target has the tag: what it names may change. */
function lackOf({ head, atMs, isNewRepository }: SeenTarget): Pick<CopyPayload, 'lackS' | 'isNew'> {
  if (head !== undefined) return {};
  const lackS = atMs === undefined ? 0 : Math.max(0, Math.round((steadyNowMs() - atMs) / 1000));
  return { lackS, ...(isNewRepository === true && { isNew: true }) };
}

/**
 * @param lane - the job's.
 * @throws {HandBackError} on a payload of a later release.
 * @throws {SyncError} `JOB_INVALID` on anything else that no release of ours wrote.
 */
export function readCopyPayload(data: unknown, lane: LaneParts): CopyWork {
  const payload = parse(copySchema, data);
  const platform = payload.platform === undefined ? undefined : parsePlatform(payload.platform);
  const sourceDigest = unpackDigest(payload);
  const [backoffS, maxBackoffS] = payload.waitS;
  return {
    request: {
      ...unpackReferences(payload, lane),
      relay: lane.relay,
      ...(payload.task !== undefined && { task: payload.task }),
      ...(platform !== undefined && { platform }),
      ...(sourceDigest !== undefined && { sourceDigest }),
    },
    backoffMs: Math.round(backoffS * 1000),
    maxBackoffMs: Math.round(maxBackoffS * 1000),
    ...(payload.lackS !== undefined && {
      lack: { beforeMs: payload.lackS * 1000, isNewRepository: payload.isNew ?? false },
    }),
    ...(payload.backS !== undefined && { handedBackAtMs: payload.backS * 1000 }),
    ...(payload.deferS !== undefined && { deferredAtMs: payload.deferS * 1000 }),
  };
}

/** What has been read once, with the time at which something happened to it first. */
export const notedPayload = (
  data: unknown,
  happened: readonly ('backS' | 'deferS')[],
  nowMs: number,
): object => ({
  ...Object(data),
  ...Object.fromEntries(happened.map((name) => [name, Math.floor(nowMs / 1000)])),
});

const runSchema = z.object({
  v: z.literal(VERSION),
  task: text,
  trigger: z.enum(['schedule', 'start', 'operator']),
  /** Of the task's definition, in the template of a schedule: tells whether it must be replaced. */
  fingerprint: text.optional(),
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
  throw new SyncError('JOB_INVALID', {
    message: `a job could not be read: ${z.prettifyError(parsed.error)}`,
    hint: 'another program writes to the queues of this prefix, or the releases of the fleet are too far apart',
  });
}

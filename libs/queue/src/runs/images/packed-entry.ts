import type { LaneParts, RunImage } from '@regfleet/fleet';
import {
  type CopyRequest,
  clip,
  type Digest,
  ERROR_CODES,
  type ErrorCode,
  formatPlatform,
  parseJson,
  parsePlatform,
  type SerialisedSyncError,
} from '@regfleet/model';
import { z } from 'zod';
import { packDigest, packReferences, unpackDigest, unpackReferences } from '../../jobs/packed-image.ts';
import { MARKS } from './scripts.ts';

// Two references of the greatest length, a platform, a name and an error.
export const LONGEST_ENTRY = 8_192;

const LONGEST = { name: 1_024, message: 500 };

/** What is known of an image once it has come to its end. */
export interface EndedImage {
  readonly request: CopyRequest;
  readonly attempts: number;
  readonly digest?: Digest;
  readonly bytesCopied?: number;
  readonly error?: SerialisedSyncError;
}

/** Without what the run's lanes say; a list takes less room than an object with names. */
export function packImage({ request, attempts, digest, bytesCopied, error }: EndedImage): string {
  const { from, to } = packReferences(request);
  const common = [from, to === from ? '' : to, formatPlatform(request.platform), attempts];
  if (error !== undefined) {
    const { code, message, side = '' } = error;
    return JSON.stringify([...common, request.task ?? '', code, clip(message, LONGEST.message), side]);
  }
  const { sha256, digest: other = '' } = digest === undefined ? {} : packDigest(digest);
  return JSON.stringify([...common, sha256 ?? other, ...(bytesCopied === undefined ? [] : [bytesCopied])]);
}

const name = z.string().max(LONGEST.name);
const amount = z.number().int().nonnegative();
const common = [name, name, name, amount] as const;
const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code);

// What a later release puts behind all that is left out.
const doneSchema = z.tuple([...common, name, amount.optional()], z.unknown());
const failedSchema = z.tuple(
  [
    ...common,
    name,
    z.string().refine(isErrorCode).catch('INTERNAL'),
    z.string(),
    z.enum(['source', 'target', '']).catch(''),
  ],
  z.unknown(),
);

const ENTRY = /^(\d{1,6})([a-z])(\[.*)$/s;

const OUTCOMES: Readonly<Record<string, RunImage['outcome']>> = {
  [MARKS.copied]: 'copied',
  [MARKS.unchanged]: 'unchanged',
  [MARKS.failed]: 'failed',
  [MARKS.skipped]: 'skipped',
};

/** What the record of a run tells of all its images. */
export interface RunFacts {
  readonly task: string | undefined;
  /** By its number in the run; absent: it has none that can be read. */
  lane(number: string): LaneParts | undefined;
}

/** @returns absent for what no release of ours wrote. */
export function unpackImage(entry: string, run: RunFacts): RunImage | undefined {
  const [, number = '', mark = '', text = ''] = ENTRY.exec(entry) ?? [];
  const outcome = OUTCOMES[mark];
  const lane = run.lane(number);
  if (outcome === undefined || lane === undefined) return undefined;
  try {
    return outcome === 'failed'
      ? failedImage(failedSchema.parse(parseJson(text)), lane, run)
      : doneImage(doneSchema.parse(parseJson(text)), { lane, run, outcome });
  } catch {
    return undefined;
  }
}

function failedImage(
  [from, to, platform, attempts, ownTask, code, message, side]: z.output<typeof failedSchema>,
  lane: LaneParts,
  run: RunFacts,
): RunImage {
  const task = run.task ?? (ownTask || undefined);
  return {
    request: requestOf({ from, to, platform, task }, lane),
    outcome: 'failed',
    attempts,
    error: {
      code,
      kind: ERROR_CODES[code],
      message: clip(message, LONGEST.message),
      ...(side !== '' && { side }),
    },
  };
}

function doneImage(
  [from, to, platform, attempts, digest, bytesCopied]: z.output<typeof doneSchema>,
  { lane, run, outcome }: { lane: LaneParts; run: RunFacts; outcome: 'copied' | 'unchanged' | 'skipped' },
): RunImage {
  return {
    request: requestOf({ from, to, platform, task: run.task }, lane),
    outcome,
    attempts,
    ...(digest !== '' && { digest: readDigest(digest) }),
    ...(bytesCopied !== undefined && outcome !== 'skipped' && { bytesCopied }),
  };
}

function readDigest(text: string): Digest {
  const digest = unpackDigest(text.includes(':') ? { digest: text } : { sha256: text });
  if (digest === undefined) throw new Error('no digest');
  return digest;
}

function requestOf(
  { from, to, platform, task }: { from: string; to: string; platform: string; task: string | undefined },
  lane: LaneParts,
): CopyRequest {
  const selection = parsePlatform(platform);
  return {
    ...unpackReferences({ from, to: to || from }, lane),
    relay: lane.relay,
    ...(selection !== undefined && { platform: selection }),
    ...(task !== undefined && { task }),
  };
}

import {
  type CopyConsumerOptions,
  type CopyJob,
  type CopyOrder,
  type JobContext,
  judged,
  RateLimitPauses,
  type RunConsumerOptions,
} from '@regfleet/fleet';
import { type CopyResult, makeReference, parseDigest } from '@regfleet/model';
import { type LocalFleetOptions, openLocalFleet } from './local-fleet.ts';

const digest = parseDigest(`sha256:${'a'.repeat(64)}`);

export const COPIED: CopyResult = { outcome: 'copied', targetDigest: digest };

export { failure } from '@regfleet/fleet/contract';

export interface OrderOptions extends Partial<CopyOrder> {
  readonly source?: string;
  readonly target?: string;
}

export function order(
  tag: string,
  { source = 'hub.test', target = 'mirror.test', ...rest }: OrderOptions = {},
): CopyOrder {
  return {
    request: {
      source: makeReference({ registry: source, repository: 'library/image', tag }),
      target: makeReference({ registry: target, repository: 'mirror/image', tag }),
      relay: 'direct',
    },
    attempts: 3,
    backoffMs: 1,
    maxBackoffMs: 1,
    ...rest,
  };
}

type Copy = (job: CopyJob, context: JobContext) => Promise<CopyResult>;

interface CopiesOptions extends Partial<CopyConsumerOptions> {
  readonly copy?: Copy;
}

/** A store whose copies and expansions the test plays. */
export function open(options: Partial<LocalFleetOptions> = {}) {
  const pauses = new RateLimitPauses({ mostInRow: 10, onPause: () => undefined });
  const fleet = openLocalFleet({ pauses, ...options });
  let runNumber = 0;
  return {
    fleet,
    pauses,
    copies: ({ copy = async () => COPIED, ...rest }: CopiesOptions = {}) =>
      fleet.consumeCopies({
        relays: ['direct'],
        servesLane: () => true,
        concurrency: 4,
        graceMs: 0,
        process: (job, context) => judged(context, () => copy(job, context)),
        ...rest,
      }),
    expansions: (
      expand: (runId: string, context: JobContext) => Promise<void>,
      rest: Partial<RunConsumerOptions> = {},
    ) =>
      fleet.consumeRuns({
        concurrency: 4,
        graceMs: 0,
        process: (ticket, context) =>
          judged(context, async () => {
            await fleet.runs.claim(ticket);
            await expand(ticket.runId, context);
          }),
        ...rest,
      }),
    /** A claimed run that nobody expands. */
    async run(trigger: 'schedule' | 'operator' = 'schedule'): Promise<string> {
      runNumber += 1;
      const runId = `run-${runNumber}`;
      await fleet.runs.claim({ runId, task: `task ${runNumber}`, trigger });
      return runId;
    },
  };
}

/** Copies that go on until the test ends them. */
export function held() {
  const begun: {
    readonly job: CopyJob;
    readonly end: (result?: CopyResult) => void;
    fail(error: unknown): void;
  }[] = [];
  const waiting: { readonly count: number; resolve(): void }[] = [];
  const copy: Copy = (job, { signal }) => {
    const { promise, resolve, reject } = Promise.withResolvers<CopyResult>();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    begun.push({ job, end: (result = COPIED) => resolve(result), fail: reject });
    for (const { count, resolve: told } of waiting) if (begun.length >= count) told();
    return promise;
  };
  return {
    begun,
    copy,
    tags: () => begun.map(({ job }) => job.request.source.tag),
    /** Resolves when so many have begun since the beginning. */
    async count(count: number): Promise<void> {
      if (begun.length >= count) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ count, resolve });
      await promise;
    },
  };
}

/** Lets everything happen that waits for no timer. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

import { type CopyVerdict, decideVerdict, type JobContext, mayBeDeferred } from '../verdict.ts';
import type { Ends } from './outage-options.ts';
import type { Outages } from './outages.ts';

interface Tried {
  readonly ends: Required<Ends>;
  readonly context: JobContext;
  readonly outages: Outages | undefined;
  /** How long the try took. */
  readonly tookMs: number;
}

/** The verdict that stands on a try: a registry that is down, or refuses the account, costs no attempt. Never rejects. */
export async function heedOutages(
  verdict: CopyVerdict,
  { ends, context, outages, tookMs }: Tried,
): Promise<CopyVerdict> {
  if (outages === undefined) return verdict;
  if (verdict.verdict === 'done') {
    // The tag is written last.
    outages.worked(ends.source, { tookMs, endedThere: false });
    outages.worked(ends.target, { tookMs, endedThere: true });
    return verdict;
  }
  if (verdict.verdict !== 'fail' && verdict.verdict !== 'retry') return verdict;
  const { error } = verdict;
  const { signal, facts } = context;
  try {
    const wait = await outages.judge(error, ends, { signal, isShared: true });
    if (wait === undefined || !mayBeDeferred(facts)) return verdict;
    return { verdict: 'defer', cause: 'outage', error, ...wait };
  } catch (reason) {
    // It was stopped meanwhile.
    return decideVerdict(reason, context);
  }
}

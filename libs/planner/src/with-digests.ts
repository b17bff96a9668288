import { type Mapping, parseTagEntry, type TagDecision } from '@regfleet/config';
import { isDigestTag, isSyncError, type ManifestHead, orderedWindow } from '@regfleet/model';
import type { PlannedTask, PlanPorts } from './contract.ts';
import { headSource } from './head-source.ts';
import type { ListedRepository } from './listed-repository.ts';
import { copySource } from './requests.ts';

// As many as are compared at once.
const ASKED_AT_ONCE = 32;

interface Source {
  readonly task: Pick<PlannedTask, 'source'>;
  readonly ports: Pick<PlanPorts, 'client'>;
  readonly signal: AbortSignal | undefined;
}

interface Answer {
  readonly decision: TagDecision;
  readonly head?: ManifestHead;
  readonly error?: unknown;
}

/**
 * The same with the digest of each chosen tag (`name@digest`) where the mapping makes it a part of its name at the target: what the
 * source says now is what is copied under that name, whatever the tag names later.
 */
export async function withDigests(
  source: Source,
  mapping: Mapping,
  repository: ListedRepository,
): Promise<ListedRepository> {
  if (mapping.targetTag?.needsDigest !== true) return repository;
  const client = source.ports.client(source.task.source);
  const isAsked = ({ selected, tag }: TagDecision): boolean =>
    selected &&
    parseTagEntry(tag).digest === undefined &&
    !(mapping.referrers !== undefined && isDigestTag(tag));
  const ask = async (decision: TagDecision): Promise<Answer> => {
    if (!isAsked(decision)) return { decision };
    try {
      const head = await headSource(copySource(repository.pair, decision.tag), client, source.signal);
      return { decision: { ...decision, tag: `${parseTagEntry(decision.tag).name}@${head.digest}` }, head };
    } catch (error) {
      source.signal?.throwIfAborted();
      if (!isSyncError(error) || error.kind === 'rate-limited') throw error;
      return { decision, error };
    }
  };
  const heads = new Map<string, ManifestHead>();
  const unnamed = new Map<string, unknown>();
  const decisions: TagDecision[] = [];
  for await (const { decision, head, error } of orderedWindow(repository.decisions, ASKED_AT_ONCE, ask)) {
    decisions.push(decision);
    if (head !== undefined) heads.set(decision.tag, head);
    if (error !== undefined) unnamed.set(decision.tag, error);
  }
  return { ...repository, decisions, heads, unnamed };
}

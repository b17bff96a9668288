import { tagChanged } from '@regfleet/model';
import type { Drift, PlanEntry } from './contract.ts';
import type { SelectedImage } from './expand.ts';

/** What becomes of a tag that the target has with another content and that is not to be overwritten; absent: it is no such tag. */
export function keptTag({ mapping, request, onChange }: SelectedImage, drift: Drift): PlanEntry | undefined {
  const { state, target: there, sourceDigest, movedFrom: was } = drift;
  if (onChange === undefined || state !== 'stale' || there === undefined) return undefined;
  const { source, target } = request;
  const tag = source.tag ?? source.digest ?? '';
  const moved = was === undefined ? {} : { moved: { source, was } };
  if (onChange === 'refuse') {
    const error = tagChanged(target, { wanted: sourceDigest, there: there.digest });
    return { kind: 'failure', mapping, error, tag, ...moved };
  }
  const pair = {
    source: { registry: source.registry, repository: source.repository },
    target: { registry: target.registry, repository: target.repository },
  };
  const reason = `the target has ${there.digest} there, which on-change: keep leaves as it is`;
  return { kind: 'dropped', mapping, pair, tag, reason, ...moved };
}

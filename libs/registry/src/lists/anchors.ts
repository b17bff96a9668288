import { type AnchorTag, isSyncError, parseAnchor } from '@regfleet/model';
import type { RegistryClient } from '../contract.ts';

/** The anchors of a target's repository, in no order; none where it says that there is no such repository. */
export async function listAnchors(
  client: Pick<RegistryClient, 'listTargetTags'>,
  repository: string,
  signal?: AbortSignal,
): Promise<AnchorTag[]> {
  const found: AnchorTag[] = [];
  try {
    for await (const page of client.listTargetTags(repository, { signal })) {
      // Some registries put all of them on one page: more than a call takes arguments.
      for (const text of page) {
        const anchor = parseAnchor(text);
        if (anchor !== undefined) found.push(anchor);
      }
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!isSyncError(error) || error.code !== 'REPOSITORY_UNKNOWN') throw error;
  }
  return found;
}

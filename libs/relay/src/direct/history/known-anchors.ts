import {
  type AnchorTag,
  anchorLabel,
  BoundedMap,
  isSyncError,
  parseAnchor,
  type Reference,
} from '@regfleet/model';
import type { RegistryClient } from '@regfleet/registry';

/** The target of a copy. */
interface AnchoredEnd {
  readonly client: RegistryClient;
  readonly reference: Reference;
}

// Many tags of a repository may move in one run; what others write meanwhile is pruned a little later.
const LISTED_MS = 60_000;
const REPOSITORIES_REMEMBERED = 256;

/** The anchors that repositories of targets have, as lists of their tags have shown lately. */
export class KnownAnchors {
  readonly #listed = new BoundedMap<string, Promise<Map<string, AnchorTag>>>({
    limit: REPOSITORIES_REMEMBERED,
    maxAgeMs: LISTED_MS,
  });

  /** Those of the tag that is written, in no order. */
  async of(target: AnchoredEnd, signal: AbortSignal): Promise<AnchorTag[]> {
    const key = keyOf(target);
    const known = this.#listed.get(key) ?? list(target, signal);
    this.#listed.set(key, known);
    try {
      const label = anchorLabel(target.reference.tag ?? '');
      return [...(await known).values()].filter((anchor) => anchor.label === label);
    } catch (error) {
      this.#listed.delete(key);
      throw error;
    }
  }

  /** One was written. */
  async add(target: AnchoredEnd, text: string): Promise<void> {
    const anchor = parseAnchor(text);
    const known = await this.#listed.get(keyOf(target))?.catch(() => undefined);
    if (anchor !== undefined) known?.set(text, anchor);
  }

  /** One is there no more. */
  async remove(target: AnchoredEnd, { text }: AnchorTag): Promise<void> {
    const known = await this.#listed.get(keyOf(target))?.catch(() => undefined);
    known?.delete(text);
  }
}

const keyOf = ({ reference }: AnchoredEnd): string => `${reference.registry}/${reference.repository}`;

async function list(
  { client, reference }: AnchoredEnd,
  signal: AbortSignal,
): Promise<Map<string, AnchorTag>> {
  const found = new Map<string, AnchorTag>();
  try {
    for await (const page of client.listTargetTags(reference.repository, { signal })) {
      for (const text of page) {
        const anchor = parseAnchor(text);
        if (anchor !== undefined) found.set(text, anchor);
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!isSyncError(error) || error.code !== 'REPOSITORY_UNKNOWN') throw error;
  }
  return found;
}

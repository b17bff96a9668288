import {
  type AnchorTag,
  anchorLabel,
  BoundedMap,
  parseAnchor,
  type Reference,
  SyncError,
} from '@regfleet/model';
import { listAnchors, type RegistryClient } from '@regfleet/registry';
import { WorkUnderWay } from '../work-under-way.ts';

/** The target of a copy. */
interface AnchoredEnd {
  readonly client: Pick<RegistryClient, 'listTargetTags'>;
  readonly reference: Reference;
}

// Many tags of a repository may move in one run; what others write meanwhile is pruned a little later.
const LISTED_MS = 60_000;
const REPOSITORIES_REMEMBERED = 256;
const PROVEN_MS = 60 * 60_000;

/** The anchors that repositories of targets have, as lists of their tags have shown lately. */
export class KnownAnchors {
  readonly #underWay = new WorkUnderWay();
  readonly #listed = new BoundedMap<string, Map<string, AnchorTag>>({
    limit: REPOSITORIES_REMEMBERED,
    maxAgeMs: LISTED_MS,
  });

  /** By when they began. */
  readonly #lists = new BoundedMap<
    string,
    { readonly turn: number; readonly anchors: Map<string, AnchorTag> }
  >({
    limit: REPOSITORIES_REMEMBERED,
    maxAgeMs: LISTED_MS,
  });
  #turn = 0;
  /** Repositories whose lists have shown an anchor. */
  readonly #proven = new BoundedMap<string, true>({ limit: REPOSITORIES_REMEMBERED, maxAgeMs: PROVEN_MS });

  /** Those of the tag that is written, in no order. */
  async of(target: AnchoredEnd, signal: AbortSignal): Promise<AnchorTag[]> {
    const key = keyOf(target);
    for (;;) {
      const known = this.#listed.get(key);
      if (known !== undefined) return ofTag(known, target);
      await this.#underWay.lead(key, signal, async () =>
        this.#listed.set(key, await this.#list(target, signal)),
      );
    }
  }

  /** The same as it is at this moment, or a little later: by one list for all who ask before it begins. */
  async now(target: AnchoredEnd, signal: AbortSignal): Promise<AnchorTag[]> {
    const key = keyOf(target);
    const earliest = this.#turn + 1;
    for (;;) {
      const last = this.#lists.get(key);
      if (last !== undefined && last.turn >= earliest) return ofTag(last.anchors, target);
      await this.#underWay.lead(`now ${key}`, signal, async () => {
        this.#turn += 1;
        const turn = this.#turn;
        this.#lists.set(key, { turn, anchors: await this.#list(target, signal) });
      });
    }
  }

  /**
   * To be called once an anchor was written that others have to find.
   *
   * @throws {SyncError} `RESPONSE_INVALID` where the target has it and does not list it: each look would take what it sees for news.
   */
  async checkListed(target: AnchoredEnd, text: string, signal: AbortSignal): Promise<void> {
    if (this.#proven.get(keyOf(target)) === true || (await this.#list(target, signal)).has(text)) return;
    throw new SyncError('RESPONSE_INVALID', {
      message: `${target.reference.registry} has taken the tag ${text} and does not list it: no tag can trail there`,
      hint: 'trail needs a target that lists its tags, also to the account that writes them',
    });
  }

  /** One was written. */
  add(target: AnchoredEnd, text: string): void {
    const anchor = parseAnchor(text);
    if (anchor !== undefined) this.#listed.get(keyOf(target))?.set(text, anchor);
  }

  /** One is there no more. */
  remove(target: AnchoredEnd, { text }: AnchorTag): void {
    this.#listed.get(keyOf(target))?.delete(text);
  }

  async #list(target: AnchoredEnd, signal: AbortSignal): Promise<Map<string, AnchorTag>> {
    const anchors = await listAnchors(target.client, target.reference.repository, signal);
    if (anchors.length > 0) this.#proven.set(keyOf(target), true);
    return new Map(anchors.map((anchor) => [anchor.text, anchor]));
  }
}

function ofTag(anchors: ReadonlyMap<string, AnchorTag>, { reference }: AnchoredEnd): AnchorTag[] {
  const label = anchorLabel(reference.tag ?? '');
  return [...anchors.values()].filter((anchor) => anchor.label === label);
}

const keyOf = ({ reference }: AnchoredEnd): string => `${reference.registry}/${reference.repository}`;

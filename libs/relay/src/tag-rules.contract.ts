import {
  digestOf,
  listTags,
  makeImage,
  pushImage,
  startRegistry,
  type TestRegistry,
} from '@regfleet/harness';
import { parseAnchor, RELAYS, type RelayName } from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Relay } from './contract.ts';
import { type CopyOptions, RelayUnderTest } from './relay.fixture.ts';

const OLD = makeImage({ layers: ['old'] });
const NEW = makeImage({ layers: ['new'] });

const RULES: Readonly<Record<string, CopyOptions>> = {
  'on-change': { onChange: 'refuse' },
  backup: { history: { backup: () => 'before' } },
  'keep-digests': { history: { keep: { kind: 'count', count: 2 } } },
  trail: { trail: { delayMs: 7 * 24 * 3_600_000, first: 'hold' } },
};

/** What a relay has to do about a tag of the target that moves, where a rule says what becomes of it. */
export function describeTagRulesOf(name: RelayName, open: () => Promise<Relay>): void {
  const { heedsOnChange } = RELAYS[name];

  describe(`relay/${name} and tags that move`, () => {
    let source: TestRegistry;
    let target: TestRegistry;
    let relay: RelayUnderTest;

    beforeAll(async () => {
      [source, target] = await Promise.all([startRegistry(), startRegistry()]);
      relay = new RelayUnderTest(await open());
      await pushImage(source, 'app', 'v1', NEW);
    });

    afterAll(async () => {
      await relay?.[Symbol.asyncDispose]();
      await Promise.all([source, target].map((registry) => registry?.stop()));
    });

    /** Over an older image of a repository that is named like the rule. */
    async function copyBy(rule: string, options = RULES[rule] ?? {}) {
      await pushImage(target, rule, 'v1', OLD);
      const copying = relay.copy([source, 'app:v1'], [target, `${rule}:v1`], options);
      return await copying.catch((error: unknown) => error);
    }

    const named = async (rule: string, tag = 'v1') => await digestOf(target, rule, tag);

    /** The names that are held for other tags: of what kind, and what they name. */
    async function anchors(rule: string) {
      const found = (await listTags(target, rule)).flatMap((tag) => parseAnchor(tag) ?? []);
      return await Promise.all(
        found.map(async ({ kind, label, text }) => [kind, label, await named(rule, text)]),
      );
    }

    it.runIf(heedsOnChange)('leaves a tag as it is that is not to change, and says so', async () => {
      expect(await copyBy('on-change')).toMatchObject({ code: 'TAG_CHANGED', side: 'target' });
      expect(await named('on-change')).toBe(OLD.digest);
    });

    it.runIf(heedsOnChange)('gives what it overwrites the name of its backup', async () => {
      expect(await copyBy('backup')).toMatchObject({ outcome: 'copied', targetDigest: NEW.digest });
      expect([await named('backup'), await named('backup', 'before')]).toEqual([NEW.digest, OLD.digest]);
    });

    it.runIf(heedsOnChange)('holds what it overwrites by an anchor', async () => {
      expect(await copyBy('keep-digests')).toMatchObject({ outcome: 'copied', targetDigest: NEW.digest });
      expect(await named('keep-digests')).toBe(NEW.digest);
      expect(await anchors('keep-digests')).toEqual([['keep', 'v1', OLD.digest]]);
    });

    it.runIf(heedsOnChange)('brings what is to come later under an anchor, and leaves the tag', async () => {
      expect(await copyBy('trail')).toMatchObject({ isKept: true, targetDigest: OLD.digest });
      expect(await named('trail')).toBe(OLD.digest);
      expect(await anchors('trail')).toEqual([['hold', 'v1', NEW.digest]]);
    });

    // By which rules a relay may be used is checked before: it itself is not asked.
    it.runIf(!heedsOnChange)('copies as ever, whatever the rules', async () => {
      const result = await copyBy('any', Object.assign({}, ...Object.values(RULES)));
      expect(result).toMatchObject({ outcome: 'copied', targetDigest: await named('any') });
      expect(await named('any')).not.toBe(OLD.digest);
      expect(await listTags(target, 'any')).toEqual(['v1']);
    });
  });
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnchorTag, formatAnchor, parseAnchor } from './anchor-tag.ts';
import { type Digest, parseDigest } from './digest.ts';
import { fuzzRuns } from './fuzz-runs.fixture.ts';
import { type TrailRule, trailDue, trailStep } from './trail.ts';

const DAY_MS = 24 * 3_600_000;
const START_MS = Date.parse('2026-01-01T00:00:00Z');
const WEEK: TrailRule = { delayMs: 7 * DAY_MS, first: 'hold' };

const digestOf = (version: number): Digest =>
  parseDigest(`sha256:${version.toString(16).padStart(32, '0').padEnd(64, '0')}`);
const versionOf = (digits: string): number => Number.parseInt(digits, 16);
const hold = (version: number, atMs: number): AnchorTag => {
  // Digits of a digest are its first.
  const text = formatAnchor({ kind: 'hold', tag: 'v1', atMs, digest: digestOf(version) });
  const anchor = parseAnchor(text);
  if (anchor === undefined) throw new Error(`${text} is no anchor`);
  return anchor;
};

interface Look {
  readonly atMs: number;
  /** What the source names. */
  readonly source: number;
}

interface Following {
  holds: AnchorTag[];
  current: number | undefined;
}

/** One run: notes what is new, names what is due, and lets go what has expired where the registry deletes tags. */
function run(target: Following, rule: TrailRule, { atMs, source }: Look, deletesTags = true): void {
  const ask = () =>
    trailStep(target.holds, rule, {
      source: digestOf(source),
      current: target.current === undefined ? undefined : digestOf(target.current),
      nowMs: atMs,
    });
  const { newsAtMs } = ask();
  if (newsAtMs !== undefined) target.holds.push(hold(source, newsAtMs));
  const { due, expired } = ask();
  if (due !== undefined) target.current = versionOf(due.digits);
  if (deletesTags) target.holds = target.holds.filter((one) => !expired.includes(one));
}

/** What the target names after each look. */
function follow(looks: readonly Look[], rule = WEEK, deletesTags = true): (number | undefined)[] {
  const target: Following = { holds: [], current: undefined };
  return looks.map((look) => {
    run(target, rule, look, deletesTags);
    return target.current;
  });
}

const daily = (versions: readonly number[]): Look[] =>
  versions.map((source, day) => ({ atMs: START_MS + day * DAY_MS, source }));

/** Whether the source was seen to name a version a week ago or longer, and did not take it back within that week. */
function hasStayed(looks: readonly Look[], version: number, nowMs: number): boolean {
  return looks.some(({ atMs, source }, index) => {
    if (source !== version || looks[index - 1]?.source === version || atMs > nowMs - WEEK.delayMs)
      return false;
    // What it left more than two weeks before is not known any more.
    const isKnown = (later: Look): boolean =>
      looks
        .slice(0, index)
        .some(
          (before, at) =>
            before.source === later.source && (looks[at + 1]?.atMs ?? 0) > later.atMs - 2 * WEEK.delayMs,
        );
    return !looks
      .slice(index + 1)
      .some((later) => later.atMs < atMs + WEEK.delayMs && later.source !== version && isKnown(later));
  });
}

describe('model/trail', () => {
  it('names what the source named a week ago, of a tag that moves every day', () => {
    const looks = daily(Array.from({ length: 30 }, (_, day) => day));
    const expected = looks.map((_, day) => (day < 7 ? undefined : day - 7));
    expect(follow(looks)).toEqual(expected);
    expect(follow(looks, WEEK, false)).toEqual(expected);
  });

  it('keeps as many holds as two weeks need, however often the tag moves', () => {
    const target: Following = { holds: [], current: undefined };
    for (const look of daily(Array.from({ length: 60 }, (_, day) => day))) run(target, WEEK, look);
    expect(target.holds.length).toBeLessThanOrEqual(16);
  });

  it('never names what was taken back within the week', () => {
    const looks = daily([1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 3]);
    expect(new Set(follow(looks))).toEqual(new Set([undefined, 1, 3]));
    const stayed = daily([1, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(follow(stayed).slice(7)).toEqual([1, 2, 2, 2, 2, 2, 2, 2, 2, 1]);
  });

  it('gives a tag its first image at once where that is wanted, and never in place of another one', () => {
    const rule: TrailRule = { ...WEEK, first: 'copy' };
    expect(follow(daily([1, 2, 2, 2, 2, 2, 2, 2, 2]), rule)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 2]);
    const target: Following = { holds: [], current: 9 };
    run(target, rule, { atMs: START_MS, source: 1 });
    expect(target.current).toBe(9);
  });

  it('takes back what somebody has put there before its time, once the source has', () => {
    const holds = [hold(1, START_MS), hold(2, START_MS + 8 * DAY_MS)];
    const options = { source: digestOf(2), current: digestOf(2), nowMs: START_MS + 9 * DAY_MS };
    expect(trailStep(holds, WEEK, options).due).toBeUndefined();
    const back = [...holds, hold(1, options.nowMs)];
    expect(trailStep(back, WEEK, { ...options, source: digestOf(1) }).due).toEqual(holds[0]);
  });

  it('says until when the next one waits', () => {
    const options = { source: digestOf(2), current: digestOf(1), nowMs: START_MS + DAY_MS };
    const step = trailStep([hold(1, 0), hold(2, START_MS)], WEEK, options);
    expect(step).toEqual({ nextAtMs: START_MS + WEEK.delayMs, younger: [], expired: [] });
  });

  it('takes nothing for older than what was seen before it, by clocks that are a little apart', () => {
    const target: Following = { holds: [], current: undefined };
    const apartMs = 3_000_000;
    run(target, WEEK, { atMs: START_MS, source: 1 });
    run(target, WEEK, { atMs: START_MS - apartMs, source: 2 });
    expect(target.holds.map(({ atMs }) => atMs)).toEqual([START_MS, START_MS + 1]);
    run(target, WEEK, { atMs: START_MS + WEEK.delayMs, source: 2 });
    expect(target.current).toBe(1);
  });

  it('decides nothing where a hold is of tomorrow: the wrong clock may be either', () => {
    const options = { source: digestOf(2), current: digestOf(1), nowMs: START_MS };
    const holds = [hold(1, 0), hold(2, START_MS + DAY_MS)];
    expect(() => trailStep(holds, WEEK, options)).toThrow(
      expect.objectContaining({
        code: 'TARGET_CONFLICT',
        message: expect.stringContaining('regfleet.hold.v1.20260102'),
      }),
    );
  });

  it('tells what was taken back as whoever compares each with each that follows', () => {
    const log = fc.array(
      fc.record({ hours: fc.integer({ min: 1, max: 60 }), version: fc.integer({ min: 1, max: 6 }) }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(log, (given) => {
        let atMs = START_MS;
        const holds = given.map(({ hours, version }) => {
          atMs += hours * 3_600_000;
          return hold(version, atMs);
        });
        const isOut = (index: number): boolean =>
          holds.some(
            (later, at) =>
              at > index &&
              later.atMs < (holds[index]?.atMs ?? 0) + WEEK.delayMs &&
              holds.findIndex(({ digits }) => digits === later.digits) < index,
          );
        const source = digestOf(versionOf(holds.at(-1)?.digits ?? '1'));
        const step = trailStep(holds, WEEK, { source, current: undefined, nowMs: atMs });
        const isOld = (one: AnchorTag): boolean => one.atMs <= atMs - WEEK.delayMs;
        expect(step.due).toBe(holds.findLast((one, index) => isOld(one) && !isOut(index)));
      }),
      fuzzRuns(),
    );
  });

  it('does not go back from what the target alone knows to be younger', async () => {
    const child = digestOf(77);
    const holds = [hold(1, START_MS), hold(2, START_MS + DAY_MS)];
    const options = { source: digestOf(2), current: child, nowMs: START_MS + WEEK.delayMs };
    const step = trailStep(holds, WEEK, options);
    const whereHeldAs = (names: number) =>
      trailDue(step, child, async ({ digits }) => (versionOf(digits) === names ? child : undefined));
    expect(await whereHeldAs(2)).toBeUndefined();
    expect(await whereHeldAs(1)).toBeUndefined();
    expect((await whereHeldAs(3))?.digits).toBe(holds[0]?.digits);
  });

  it('names nothing that is younger or was taken back, whatever the source does', () => {
    const back = fc.oneof(
      { weight: 3, arbitrary: fc.constant('new' as const) },
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 4 }) },
    );
    const steps = fc.array(fc.record({ hours: fc.integer({ min: 1, max: 96 }), back }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.boolean(), (given, deletesTags) => {
        const looks = looksOf(given);
        const named = follow(looks, WEEK, deletesTags);
        for (const [index, { atMs }] of looks.entries()) {
          const version = named[index];
          if (version === undefined || version === named[index - 1]) continue;
          expect(hasStayed(looks.slice(0, index + 1), version, atMs)).toBe(true);
        }
      }),
      fuzzRuns(10),
    );
  });
});

interface Step {
  readonly hours: number;
  /** Something new, or what the source named so many versions ago. */
  readonly back: number | 'new';
}

function looksOf(steps: readonly Step[]): Look[] {
  const looks: Look[] = [];
  let newest = 1;
  let atMs = START_MS;
  for (const { hours, back } of steps) {
    atMs += hours * 3_600_000;
    if (back === 'new') newest += 1;
    const last = looks.at(-1)?.source ?? newest;
    looks.push({ atMs, source: back === 'new' ? newest : Math.max(1, last - back) });
  }
  return looks;
}

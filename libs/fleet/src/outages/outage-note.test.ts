import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import {
  ALL_AFTER_MS,
  claimProbe,
  failed,
  type OutageNote,
  PROBE_LEASE_MS,
  parseSubjectName,
  probeFailed,
  type SeenFailure,
  seenOutage,
  subjectName,
  worked,
} from './outage-note.ts';

const MINUTE_MS = 60_000;
const NOW_MS = 1_000_000_000;

const seen = (more: Partial<SeenFailure> = {}): SeenFailure => ({
  by: 'one',
  code: 'NETWORK_FAILED',
  hasWorked: false,
  mayHold: true,
  giveUpAfterMs: 30 * MINUTE_MS,
  isOnly: false,
  ...more,
});

const WORKED: OutageNote = { workedAtMs: NOW_MS - MINUTE_MS };

/** The note and the last decision after failures at these times. */
function after(note: OutageNote, ...failures: readonly (readonly [number, Partial<SeenFailure>])[]) {
  let now = note;
  let decision = failed(now, NOW_MS, seen()).result;
  for (const [atMs, more] of failures) {
    const outcome = failed(now, NOW_MS + atMs, seen(more));
    now = outcome.note;
    decision = outcome.result;
  }
  return { note: now, decision };
}

describe('fleet/outages/outage-note', () => {
  it('counts failures of what has never worked', () => {
    expect(after({}, [0, {}]).decision.kind).toBe('counts');
    expect(after({}, [0, {}], [MINUTE_MS, { by: 'two' }]).note).toEqual({});
  });

  it('says what one process alone has seen, until nobody has looked for long', () => {
    const { note } = after(WORKED, [0, {}]);
    const subject = { cause: 'outage', registry: 'r.test', account: '' } as const;
    const told = {
      cause: 'outage',
      registry: 'r.test',
      sinceMs: NOW_MS,
      processes: 1,
      code: 'NETWORK_FAILED',
    };
    expect(seenOutage(subject, note, NOW_MS + MINUTE_MS)).toEqual(told);
    expect(seenOutage(subject, note, NOW_MS + 10 * MINUTE_MS)).toBeUndefined();
    expect(seenOutage(subject, worked(note, NOW_MS + 1).note, NOW_MS + 2)).toBeUndefined();
  });

  it.each<readonly [string, readonly (readonly [number, Partial<SeenFailure>])[], boolean]>([
    ['one process has seen it', [[0, {}]], false],
    [
      'the same process has seen it twice',
      [
        [0, {}],
        [5_000, {}],
      ],
      false,
    ],
    [
      'two processes have seen it',
      [
        [0, {}],
        [1_000, { by: 'two' }],
      ],
      true,
    ],
    [
      'one process has seen it, and nobody has succeeded for 30 s',
      [
        [0, {}],
        [ALL_AFTER_MS, {}],
      ],
      true,
    ],
    ['there is no other process', [[0, { isOnly: true }]], true],
    [
      'others are not to be held',
      [
        [0, {}],
        [1_000, { by: 'two', mayHold: false }],
      ],
      false,
    ],
  ])('waits, and holds all or not, when %s', (_, failures, isHeld) => {
    const { decision, note } = after(WORKED, ...failures);
    expect(decision.kind).toBe('waits');
    expect(decision.holdMs !== undefined).toBe(isHeld);
    expect(note.nextProbeAtMs !== undefined).toBe(isHeld);
  });

  it('knows of a process alone that it works for others, which holds nobody', () => {
    const { note } = after(WORKED, [0, {}]);
    const others = worked(note, NOW_MS + 1_000).note;
    const { decision } = after(others, [2_000, { sinceMs: NOW_MS }]);
    expect(decision).toMatchObject({ kind: 'alone', lastsMs: 2_000 });
    expect(decision.holdMs).toBeUndefined();
  });

  it.each([
    ['began before the outage', 2_001, false],
    ['began after it did', 2_000, true],
    ['has just been answered', 0, true],
  ])('takes work for a sign that it works again that %s', (_, tookMs, isProof) => {
    const { note } = after(WORKED, [0, {}]);
    const outcome = worked(note, NOW_MS + 2_000, tookMs);
    expect(outcome.result).toBe(isProof);
    expect(outcome.note).toEqual(isProof ? { workedAtMs: NOW_MS + 2_000 } : note);
  });

  it('takes work for such a sign where a clock that was ahead has noted the outage', () => {
    const { note } = after(WORKED, [60 * MINUTE_MS, {}]);
    expect(worked(note, NOW_MS, 1_000).result).toBe(true);
  });

  it('gives up after its time, until it works again', () => {
    const failures = [0, 4, 8, 12, 16, 20, 24, 28, 32].map((minutes) => [minutes * MINUTE_MS, {}] as const);
    const { decision, note } = after(WORKED, ...failures);
    expect(decision.kind).toBe('counts');
    const day = 24 * 60 * MINUTE_MS;
    expect(failed(note, NOW_MS + day, seen()).result.kind).toBe('counts');
    expect(failed(worked(note, NOW_MS + day).note, NOW_MS + day + 1, seen()).result.kind).toBe('waits');
  });

  it('waits anew for what nobody has looked at since it failed', () => {
    const { note } = after(WORKED, [0, {}]);
    expect(failed(note, NOW_MS + 60 * MINUTE_MS, seen()).result.kind).toBe('waits');
  });

  it.each([
    ['outage', [4, 8, 16, 32, 60, 60, 60, 60]],
    ['login', [4, 8, 8, 8, 8, 8, 8, 8]],
  ] as const)('lets ever more time pass between probes of cause %s, up to a bound', (cause, expected) => {
    const delays: number[] = [];
    let note: OutageNote = {};
    for (let probe = 0; probe < 8; probe += 1) {
      const outcome = probeFailed(note, NOW_MS, cause);
      note = outcome.note;
      delays.push(outcome.result / 1000);
    }
    expect(delays).toEqual(expected);
  });

  it('lets another probe when the one that does says nothing', () => {
    const { note } = claimProbe({}, NOW_MS, 'one');
    expect(claimProbe(note, NOW_MS + 1, 'two').result).toEqual({
      isMine: false,
      delayMs: PROBE_LEASE_MS - 1,
    });
    expect(claimProbe(note, NOW_MS + PROBE_LEASE_MS, 'two').result.isMine).toBe(true);
  });

  it('lets somebody ask although a clock that was ahead has put the next probe, or the end of another, far off', () => {
    const farMs = NOW_MS + 24 * 60 * MINUTE_MS;
    for (const note of [{ nextProbeAtMs: farMs }, { probe: { by: 'ghost', untilMs: farMs } }])
      expect(claimProbe({ ...WORKED, ...note }, NOW_MS, 'one').result.isMine).toBe(true);
  });

  it('reads the names of subjects that it writes', () => {
    const whole = { cause: 'outage', registry: 'hub.test:5000', account: '' } as const;
    const account = { cause: 'login', registry: 'hub.test', account: 'a1b2' } as const;
    for (const subject of [whole, account]) expect(parseSubjectName(subjectName(subject))).toEqual(subject);
    expect(parseSubjectName('operator hub.test')).toBeUndefined();
  });

  it('keeps to its promises whatever happens in whichever order', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), simulate), inject('fuzz'));
  });
});

type Step = readonly ['works' | 'fails' | 'probes' | 'probe fails' | 'wait', string, number];

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom('works', 'fails', 'probes', 'probe fails', 'wait'),
  fc.constantFrom('one', 'two', 'three'),
  fc.integer({ min: 0, max: 40_000 }),
);

/** Three processes that share a note, and what each knows for itself. */
class Simulation {
  note: OutageNote = {};
  nowMs = NOW_MS;
  /** When anybody last saw it work. */
  workedAtMs: number | undefined;
  probing: { readonly by: string; readonly untilMs: number } | undefined;
  readonly since = new Map<string, number>();

  take([kind, by, ms]: Step): void {
    this.nowMs += ms;
    if (kind === 'works') this.#works(by);
    if (kind === 'fails') this.#fails(by);
    if (kind === 'probes') this.#probes(by);
    if (kind === 'probe fails' && this.probing?.by === by) {
      this.note = probeFailed(this.note, this.nowMs, 'outage').note;
      this.probing = undefined;
    }
  }

  #works(by: string): void {
    this.note = worked(this.note, this.nowMs).note;
    this.workedAtMs = this.nowMs;
    this.probing = undefined;
    this.since.delete(by);
    expect(this.note).toEqual({ workedAtMs: this.nowMs });
  }

  #fails(by: string): void {
    const giveUpAfterMs = 2 * MINUTE_MS;
    const sinceMs = this.since.get(by);
    const outcome = failed(this.note, this.nowMs, seen({ by, sinceMs, giveUpAfterMs }));
    this.note = outcome.note;
    const { kind, holdMs, delayMs, lastsMs } = outcome.result;
    if (this.workedAtMs === undefined) {
      expect(kind).toBe('counts');
      return;
    }
    this.since.set(by, outcome.result.sinceMs);
    expect(lastsMs).toBeGreaterThanOrEqual(0);
    expect(delayMs).toBeLessThanOrEqual(15_000);
    const downMs = this.nowMs - (this.note.downSinceMs ?? this.nowMs);
    expect(this.note.downSinceMs).toBeGreaterThanOrEqual(this.workedAtMs);
    if (kind === 'counts') expect(downMs).toBeGreaterThanOrEqual(giveUpAfterMs);
    else expect(kind === 'alone' || downMs < giveUpAfterMs).toBe(true);
    if (holdMs !== undefined) expect(holdMs).toBe(giveUpAfterMs - downMs);
  }

  #probes(by: string): void {
    const { note, result } = claimProbe(this.note, this.nowMs, by);
    this.note = note;
    const isTaken = this.probing !== undefined && this.probing.untilMs > this.nowMs && this.probing.by !== by;
    if (isTaken) expect(result.isMine).toBe(false);
    if (result.isMine) this.probing = { by, untilMs: this.nowMs + PROBE_LEASE_MS };
    else expect(result.delayMs).toBeGreaterThan(0);
  }
}

function simulate(steps: readonly Step[]): void {
  const simulation = new Simulation();
  for (const next of steps) simulation.take(next);
}

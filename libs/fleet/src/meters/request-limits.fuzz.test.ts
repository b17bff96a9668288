import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { steadyNowMs } from '../waits/sleep.ts';
import { RequestLimits } from './request-limits.ts';
import { lateTimers, SharedMeters } from './shared-meters.fixture.ts';

const REGISTRY = 'registry.test';
const PROCESSES = 8;

/** So many requests a second and one more at once, counted by whatever a key tells apart: `limit_req` of nginx. */
class Buckets {
  readonly #unitMs: number;
  readonly #filledMs = new Map<string, number>();

  constructor(perSecond: number) {
    this.#unitMs = 1000 / perSecond;
  }

  /** @returns whether it overflows. */
  add(key: string): boolean {
    const nowMs = steadyNowMs();
    const filledMs = Math.max(nowMs, this.#filledMs.get(key) ?? 0);
    if (filledMs - nowMs > 1.001 * this.#unitMs) return true;
    this.#filledMs.set(key, filledMs + this.#unitMs);
    return false;
  }
}

/** What is known to be so whatever the processes do. */
interface Model {
  asked: number;
  /** Until when the registry refuses everything. */
  closedUntilMs: number;
}

/** Processes at two addresses, with the limits of one registry, which counts by account and by address. */
class Fleet {
  readonly meters = new SharedMeters({ sharers: PROCESSES, answerMs: () => this.#draw(3) });
  readonly stalls = Array.from({ length: PROCESSES }, () => 0);
  readonly ends: Promise<unknown>[] = [];
  readonly answers = { taken: 0, refused: 0, closed: 0, givenUp: 0 };
  closedUntilMs = 0;
  readonly #accounts: Buckets;
  readonly #addresses: Buckets;
  readonly #processes: RequestLimits[];
  #seed = 1;

  constructor(perSecond: number, isGiven = true) {
    this.#accounts = new Buckets(perSecond);
    this.#addresses = new Buckets(perSecond);
    this.#processes = Array.from(
      { length: PROCESSES },
      (_, at) =>
        new RequestLimits({
          meters: this.meters,
          egress: `egress-${at % 2}`,
          ratesOf: () => (isGiven ? { requestsPerSecond: perSecond } : undefined),
        }),
    );
  }

  /** How late the next timer is. */
  lateMs(): number {
    const stalled = this.stalls.pop() ?? 0;
    return stalled + this.#draw(4);
  }

  /** Asks for one after the other, each as often as it is refused. */
  async askOn(process: number, account: string, untilMs: number): Promise<void> {
    while (steadyNowMs() < untilMs) {
      this.send(process, account);
      await this.ends.at(-1);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  send(process: number, account: string | undefined, signal?: AbortSignal): void {
    const request = { registry: REGISTRY, account };
    const limits = this.#processes[process];
    const go = async (): Promise<void> => {
      await limits?.pass(request, signal);
      const isClosed = steadyNowMs() < this.closedUntilMs;
      const overflows = [
        this.#addresses.add(String(process % 2)),
        account !== undefined && this.#accounts.add(account),
      ].some(Boolean);
      if (isClosed) this.answers.closed += 1;
      else if (overflows) this.answers.refused += 1;
      else this.answers.taken += 1;
      if (!isClosed && !overflows) limits?.answered(request, { status: 200 });
      if (!isClosed && overflows) limits?.answered(request, { status: 429 });
      if (isClosed)
        limits?.answered(request, { status: 429, retryAfterMs: this.closedUntilMs - steadyNowMs() });
    };
    const giveUp = (): void => {
      this.answers.givenUp += 1;
    };
    this.ends.push(go().catch(giveUp));
  }

  #draw(limit: number): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    return this.#seed % (limit + 1);
  }
}

type Command = fc.AsyncCommand<Model, Fleet>;

const command = (name: string, run: Command['run']): Command => ({
  check: () => true,
  run,
  toString: () => name,
});

const account = fc.constantFrom(undefined, 'ann', 'bob');
const process = fc.nat({ max: PROCESSES - 1 });

const sends = fc.record({ process, account, count: fc.integer({ min: 1, max: 12 }) }).map((drawn) =>
  command(`send ${JSON.stringify(drawn)}`, async (model, fleet) => {
    for (let left = drawn.count; left > 0; left -= 1) fleet.send(drawn.process, drawn.account);
    model.asked += drawn.count;
  }),
);
const givesUp = fc.record({ process, account, afterMs: fc.nat({ max: 100 }) }).map((drawn) =>
  command(`give up ${JSON.stringify(drawn)}`, async (model, fleet) => {
    const abort = new AbortController();
    fleet.send(drawn.process, drawn.account, abort.signal);
    setTimeout(() => abort.abort(new Error('no longer wanted')), drawn.afterMs);
    model.asked += 1;
  }),
);
const stalls = fc
  .integer({ min: 1, max: 400 })
  .map((ms) => command(`stall ${ms}`, async (_model, fleet) => void fleet.stalls.push(ms)));
const closes = fc.integer({ min: 50, max: 4_000 }).map((ms) =>
  command(`close for ${ms}`, async (model, fleet) => {
    fleet.closedUntilMs = Math.max(fleet.closedUntilMs, steadyNowMs() + ms);
    model.closedUntilMs = fleet.closedUntilMs;
  }),
);
const time = fc.integer({ min: 1, max: 500 }).map((ms) =>
  command(`${ms} ms`, async (model, fleet) => {
    await vi.advanceTimersByTimeAsync(ms);
    expect(fleet.answers.refused).toBe(0);
    if (model.closedUntilMs === 0) expect(fleet.answers.closed).toBe(0);
  }),
);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('fleet/meters/request-limits on a registry that counts by account and by address', () => {
  it('has none refused, loses none, and ends at all, whatever processes do', async () => {
    const rate = fc.integer({ min: 2, max: 100 });
    const steps = fc.commands([sends, sends, givesUp, stalls, closes, time, time], { maxCommands: 40 });
    await fc.assert(
      fc.asyncProperty(rate, steps, async (perSecond, commands) => {
        const fleet = new Fleet(perSecond);
        using _ = lateTimers(() => fleet.lateMs());
        await fc.asyncModelRun(() => ({ model: { asked: 0, closedUntilMs: 0 }, real: fleet }), commands);
        await vi.advanceTimersByTimeAsync(10_000 + (4 * 1000 * fleet.ends.length) / perSecond);
        await Promise.all(fleet.ends);
        const { taken, refused, closed, givenUp } = fleet.answers;
        expect(refused).toBe(0);
        expect(taken + closed + givenUp).toBe(fleet.ends.length);
        // Each process may have one on its way, or at its time, when the first is told to wait.
        expect(closed).toBeLessThanOrEqual(PROCESSES * commandCount(commands, 'close'));
      }),
      inject('fuzz'),
    );
  });

  it('reserves no more than 200 ms, or one request, at a time', async () => {
    const fleet = new Fleet(50);
    for (let left = 400; left > 0; left -= 1) fleet.send(left % PROCESSES, 'ann');
    await vi.advanceTimersByTimeAsync(12_000);
    const lengths = fleet.meters.stretches.map(({ fromMs, untilMs }) => untilMs - fromMs);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(200);
    expect(fleet.answers).toMatchObject({ refused: 0, taken: 400 });
  });

  it.each([1, 2, 8])('uses nine tenths of the rate and more with %i processes', async (processes) => {
    const fleet = new Fleet(50);
    using _ = lateTimers(() => fleet.lateMs());
    for (let left = 2_000; left > 0; left -= 1) fleet.send(left % processes, 'ann');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(fleet.answers.refused).toBe(0);
    expect(fleet.answers.taken).toBeGreaterThan(0.9 * 50 * 20);
  });

  it.each([20, 50, 200])('finds out a rate of %i that nobody has given', async (perSecond) => {
    const fleet = new Fleet(perSecond, false);
    using _ = lateTimers(() => fleet.lateMs());
    const untilMs = steadyNowMs() + 80_000;
    const asking = Array.from({ length: 4 * PROCESSES }, (_each, at) =>
      fleet.askOn(at % PROCESSES, 'ann', untilMs),
    );
    await vi.advanceTimersByTimeAsync(20_000);
    const { refused: begun } = fleet.answers;
    // Those of the start, and of some steps that were too high.
    expect(begun).toBeLessThan(4 * PROCESSES + 60);
    const { taken } = fleet.answers;
    await vi.advanceTimersByTimeAsync(60_000);
    const [end, most] = [fleet.answers.taken - taken, fleet.answers.refused - begun];
    await vi.advanceTimersByTimeAsync(10_000);
    await Promise.all(asking);
    expect(end).toBeGreaterThan(0.8 * 60 * perSecond);
    expect(most).toBeLessThan(0.01 * end);
  });
});

const commandCount = (commands: Iterable<Command>, word: string): number =>
  [...commands].filter((each) => each.toString().startsWith(word)).length;

import { randomBytes } from 'node:crypto';
import {
  FARTHEST_MS,
  type FoundRate,
  type KnownRate,
  type Meter,
  type Meters,
  PauseBook,
  parseRate,
  RateBook,
  rateText,
  type Stretch,
  type StretchRequest,
  steadyNowMs,
} from '@regfleet/fleet';
import { BoundedMap, inTime, LONGEST_WAIT_MS, toSyncError } from '@regfleet/model';
import { z } from 'zod';
import type { Internals } from '../jobs/internals.ts';
import { pairsOf } from '../redis/pairs.ts';
import { type Repetition, repeat } from '../redis/repeat.ts';
import { runScript } from '../redis/script.ts';
import { RedisClock } from './redis-clock.ts';
import { CHANGE_RATE, PAUSE_METER, READ_PAUSES, READ_RATES, RESERVE_STRETCH } from './scripts.ts';

// Requests wait meanwhile; a Redis that works answers in a millisecond or two.
const ANSWER_MS = 250;
// A signal can be lost.
const LOOK_MS = 2_000;
// A registry, an account and an egress.
const LONGEST_METER = 700;
const MOST_METERS = 16_384;
const METER_AGE_MS = 60 * 60_000;

const decimal = z.string().transform(Number).pipe(z.number());
const reserved = z
  .tuple([decimal, decimal, decimal, z.number()])
  .transform(([nowMs, fromMs, untilMs, known]) => ({ nowMs, fromMs, untilMs, known }));
const pairs = z.array(z.string()).transform(pairsOf);

/** The meters of a fleet in Redis, as one process takes part in them. */
export class RedisMeters implements Meters {
  readonly #internals: Internals;
  readonly #isAnswering: () => boolean;
  readonly #process = randomBytes(6).toString('base64url');
  readonly #clock = new RedisClock();
  readonly #pauses = new PauseBook();
  readonly #rates = new RateBook();
  /** How far the own share is taken while Redis is away, by `steadyNowMs`. */
  readonly #takenUntilMs = new BoundedMap<Meter, number>({ limit: MOST_METERS, maxAgeMs: METER_AGE_MS });
  /** How many processes share a meter, as was heard last. */
  readonly #sharers = new BoundedMap<Meter, number>({ limit: MOST_METERS, maxAgeMs: METER_AGE_MS });
  /** What was asked, and not answered in time: what is asked while Redis is away must not grow. */
  #late = 0;
  #look: Repetition | undefined;
  #unlisten: (() => void) | undefined;

  constructor(internals: Internals, isAnswering: () => boolean) {
    this.#internals = internals;
    this.#isAnswering = isAnswering;
  }

  /** Keeps up with what others pause, from now on. */
  start(): void {
    if (this.#look !== undefined) return;
    const { logger, signals } = this.#internals;
    this.#look = repeat(LOOK_MS, logger, () => this.#catchUp());
    this.#unlisten = signals.listen((kind, id) => {
      if (kind === 'gap') this.#look?.now();
      const blank = id.indexOf(' ');
      const [told, meter] = [id.slice(0, blank), id.slice(blank + 1)];
      if (kind === 'pause') this.#notePause(meter, Number(told));
      if (kind === 'rate') this.#noteRate(meter, told);
    });
    this.#look.now();
  }

  async reserve(wish: StretchRequest): Promise<Stretch> {
    if (!this.#isAnswering() || this.#late > 0) return this.#ownShare(wish);
    const asking = this.#reserve(wish);
    const late = (): Error => {
      const answered = (): void => {
        this.#late -= 1;
      };
      this.#late += 1;
      asking.then(answered, answered);
      return new Error('Redis has not answered yet');
    };
    try {
      return await inTime(ANSWER_MS, late, () => asking);
    } catch (error) {
      this.#internals.logger.debug(
        { error: toSyncError(error) },
        'requests go on by the share of this process',
      );
      return this.#ownShare(wish);
    }
  }

  pauseEndMs(meter: Meter): number {
    return this.#pauses.endMs(meter);
  }

  /** For how many milliseconds more registries are left alone, by one of their accounts or addresses, as far as this process has heard. */
  pausesLeft(): ReadonlyMap<string, number> {
    return this.#pauses.left();
  }

  /** Of each registry the lowest rate that was found out, in requests a second, as far as this process has heard. */
  foundRates(): ReadonlyMap<string, number> {
    return this.#rates.lowest();
  }

  pause(meter: Meter, forMs: number): void {
    if (!this.#pauses.note(meter, steadyNowMs() + forMs)) return;
    const { client, keys, logger } = this.#internals;
    runScript(client, PAUSE_METER, [keys.pauses], [meter, Math.ceil(forMs), keys.signals]).catch(
      (error: unknown) => {
        logger.debug({ error: toSyncError(error) }, 'a pause is kept by this process alone');
      },
    );
  }

  foundRate(meter: Meter): KnownRate | undefined {
    return this.#rates.get(meter);
  }

  changeRate(meter: Meter, rate: FoundRate): void {
    const { client, keys, logger } = this.#internals;
    const known = this.#rates.get(meter)?.rate;
    this.#rates.note(meter, rate);
    const args = [meter, known === undefined ? '' : rateText(known), rateText(rate), keys.signals];
    runScript(client, CHANGE_RATE, [keys.foundRates], args).catch((error: unknown) => {
      logger.debug({ error: toSyncError(error) }, 'a rate is kept by this process alone');
    });
  }

  async close(): Promise<void> {
    this.#unlisten?.();
    await this.#look?.stop();
  }

  async #reserve({ meters, wantedMs, unitMs }: StretchRequest): Promise<Stretch> {
    const { client, keys } = this.#internals;
    const names = meters.flatMap((meter) => [keys.meter(meter), keys.sharers(meter)]);
    const askedAtMs = steadyNowMs();
    const answer = await runScript(client, RESERVE_STRETCH, names, [this.#process, wantedMs, unitMs]);
    const { nowMs, fromMs, untilMs, known } = reserved.parse(answer);
    this.#clock.heard(nowMs, askedAtMs);
    for (const meter of meters) this.#sharers.set(meter, known);
    return { fromMs: this.#clock.ours(fromMs), untilMs: this.#clock.ours(untilMs) };
  }

  /** What this process may have of the rate while nobody can be asked: as much as each that is known of. */
  #ownShare({ meters, unitMs }: StretchRequest): Stretch {
    const sharers = Math.max(1, ...meters.map((meter) => this.#sharers.get(meter) ?? 1));
    const nowMs = steadyNowMs();
    const fromMs = Math.max(nowMs, ...meters.map((meter) => this.#takenUntilMs.get(meter) ?? 0));
    if (fromMs - nowMs > FARTHEST_MS) return { fromMs, untilMs: fromMs };
    for (const meter of meters) this.#takenUntilMs.set(meter, fromMs + unitMs * sharers);
    return { fromMs, untilMs: fromMs + unitMs };
  }

  async #catchUp(): Promise<void> {
    const { client, keys } = this.#internals;
    const paused = pairs.parse(await runScript(client, READ_PAUSES, [keys.pauses], []));
    for (const [meter, forMs] of paused) this.#notePause(meter, Number(forMs));
    const found = pairs.parse(await runScript(client, READ_RATES, [keys.foundRates], []));
    for (const [meter, rate] of found) this.#noteRate(meter, rate);
  }

  /** Whoever can write to Redis chooses what is told here. */
  #notePause(meter: string, forMs: number): void {
    if (meter.length > LONGEST_METER || !(forMs > 0 && forMs <= LONGEST_WAIT_MS)) return;
    this.#pauses.note(meter, steadyNowMs() + forMs);
  }

  #noteRate(meter: string, text: string): void {
    const rate = meter.length > LONGEST_METER ? undefined : parseRate(text);
    if (rate !== undefined) this.#rates.note(meter, rate);
  }
}

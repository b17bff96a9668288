import type { Leadership, LeadershipOptions } from '@regfleet/fleet';
import { within } from '@regfleet/model';
import { z } from 'zod';
import type { Internals } from '../jobs/internals.ts';
import { type Repetition, repeat } from '../redis/repeat.ts';
import { runScript } from '../redis/script.ts';
import { LEAD, STAND_DOWN } from './lead.ts';

const STAND_DOWN_MS = 1_000;

/** One process of the fleet leads: an expiring key that the leader renews three times per life. */
export class RedisLeadership implements Leadership {
  readonly #internals: Internals;
  readonly #options: LeadershipOptions;
  readonly #beat: Repetition;
  readonly #expiry: NodeJS.Timeout;
  #leadsUntilMs = 0;
  #isClosed = false;
  /** When somebody else's leadership will end unless it is renewed, as last seen; by `performance.now`. */
  #othersEndMs: number | undefined;
  #sawOther = false;

  constructor(internals: Internals, options: LeadershipOptions) {
    this.#internals = internals;
    this.#options = options;
    this.#beat = repeat(options.ttlMs / 3, internals.logger, () => this.#renew());
    // The key may expire while a renewal hangs on a Redis that is gone.
    this.#expiry = setInterval(() => this.#checkExpiry(), options.ttlMs / 10);
    this.#expiry.unref();
    this.#beat.now();
  }

  get leads(): boolean {
    return this.#leadsUntilMs > performance.now();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#expiry);
    await this.#beat.stop();
    const { client, keys } = this.#internals;
    if (this.leads)
      await within(runScript(client, STAND_DOWN, [keys.leader], [this.#options.id]), STAND_DOWN_MS);
    this.#lose();
  }

  async #renew(): Promise<void> {
    const { client, keys } = this.#internals;
    const { id, ttlMs } = this.#options;
    const askedAtMs = performance.now();
    const answer = await runScript(client, LEAD, [keys.leader], [id, ttlMs]);
    const [isLeader, othersMs] = z.tuple([z.number(), z.number().optional()]).parse(answer);
    if (this.#isClosed) return;
    if (isLeader === 1) this.#win(askedAtMs + ttlMs);
    else this.#watchOther(othersMs ?? 0);
  }

  #win(untilMs: number): void {
    const isElected = this.#leadsUntilMs === 0;
    this.#leadsUntilMs = untilMs;
    if (isElected) this.#options.onElected?.({ isFirst: !this.#sawOther });
    // Whoever leads after this was preceded by a live leader: us.
    this.#sawOther = true;
  }

  /** A key that only runs down was left by a process that died; one that is renewed has a live leader behind it. */
  #watchOther(remainingMs: number): void {
    const endMs = performance.now() + remainingMs;
    const toleranceMs = this.#options.ttlMs / 10;
    if (this.#othersEndMs !== undefined && endMs > this.#othersEndMs + toleranceMs) this.#sawOther = true;
    this.#othersEndMs = endMs;
    this.#lose();
  }

  #checkExpiry(): void {
    if (this.#leadsUntilMs > 0 && !this.leads) this.#lose();
  }

  #lose(): void {
    if (this.#leadsUntilMs === 0) return;
    this.#leadsUntilMs = 0;
    this.#options.onLost?.();
  }
}

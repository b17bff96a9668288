import { randomBytes } from 'node:crypto';
import {
  type LaneLimits,
  type LaneParts,
  laneName,
  type Permit,
  type Permits,
  type Rank,
} from '@regfleet/fleet';
import { toSyncError } from '@regfleet/model';
import type { Internals } from '../jobs/internals.ts';
import { type Repetition, repeat } from '../redis/repeat.ts';
import { runScript, type Script } from '../redis/script.ts';
import { Leases } from './leases.ts';
import { Line } from './line.ts';
import { ASK_AGAIN } from './scripts/ask-again.ts';
import { GIVE_BACK } from './scripts/give-back.ts';
import { URGENT_MARK } from './scripts/pools.ts';
import { RENEW_PERMITS } from './scripts/renew-permits.ts';
import { TAKE_PERMIT } from './scripts/take-permit.ts';
import { answers, type Claim, poolArgs } from './wire.ts';

const POLL_MS = 1_000;
// Some polls may be late before the place goes to the next in the line.
const WAIT_MS = 4 * POLL_MS;
const RENEWALS_PER_LEASE = 3;
const LOOKS_PER_LEASE = 8;

const RANKS: readonly Rank[] = ['urgent', 'usual'];

/** A process has two in the line for each lane. */
const placeOf = (parts: LaneParts, rank: Rank = 'usual'): string =>
  rank === 'urgent' ? `${laneName(parts)}${URGENT_MARK}` : laneName(parts);

/**
 * The limits of registries in Redis, as one process takes part in them.
 *
 * A permit is a lease, renewed while it is held. What is free goes to the first in the line of waiters that both its registries
 * let pass; who gives something back tells those who may go then, and each looks for itself every second.
 */
export class RedisPermits implements Permits {
  readonly #internals: Internals;
  readonly #leaseMs: number;
  readonly #process = randomBytes(6).toString('base64url');
  readonly #leases: Leases;
  readonly #line = new Line();
  readonly #renewal: Repetition;
  readonly #poll: Repetition;
  readonly #looking: NodeJS.Timeout;
  readonly #stopListening: () => void;
  #count = 0;

  /** @param leaseMs - how long a permit of a process that is dead or stopped is kept from others. */
  constructor(internals: Internals, leaseMs: number) {
    const { logger, signals } = internals;
    this.#internals = internals;
    this.#leaseMs = leaseMs;
    this.#leases = new Leases(leaseMs);
    this.#renewal = repeat(leaseMs / RENEWALS_PER_LEASE, logger, () => this.#renew());
    this.#poll = repeat(POLL_MS, logger, () => this.#askAgain());
    this.#looking = setInterval(() => this.look(), leaseMs / LOOKS_PER_LEASE).unref();
    this.#stopListening = signals.listen((kind, id) => {
      if (kind === 'permit') this.#hear(id);
      else if (kind === 'gap') {
        this.#line.announceAll();
        this.#renewal.now();
      }
    });
  }

  /** Ends the permits that others have by now, since this process was stopped for longer than they last; costs next to nothing. */
  look(): void {
    this.#leases.look();
  }

  async take(parts: LaneParts, limits: LaneLimits, rank?: Rank): Promise<Permit | undefined> {
    const claim = { parts, limits };
    const place = placeOf(parts, rank);
    this.#count += 1;
    const lease = `${this.#process}.${this.#count}`;
    const askedAtMs = performance.now();
    this.#line.ask(place, claim);
    const [isGranted, replaced] = answers.taken.parse(
      await this.#run(TAKE_PERMIT, [
        `${this.#process}/${place}`,
        WAIT_MS,
        lease,
        this.#leaseMs,
        ...poolArgs(claim),
      ]),
    );
    this.#tell(replaced);
    if (!isGranted) return undefined;
    this.#line.leave(place);
    const lost = this.#leases.add(lease, claim, askedAtMs);
    if (lost === undefined) {
      this.#giveBack(claim, { lease });
      this.#line.ask(place, claim);
      this.#line.announce(place);
      return undefined;
    }
    let isHeld = true;
    return {
      lost,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#leases.drop(lease);
        this.#giveBack(claim, { lease });
      },
    };
  }

  announced(parts: LaneParts, signal: AbortSignal, rank?: Rank): Promise<void> {
    return this.#line.announced(placeOf(parts, rank), signal);
  }

  /** Gives up the places of the lane in the line, where nobody of this process waits at them. */
  leave(parts: LaneParts): void {
    for (const rank of RANKS) {
      const place = placeOf(parts, rank);
      const claim = this.#line.claimOf(place);
      if (claim === undefined) continue;
      this.#line.leave(place);
      if (this.#line.claimOf(place) === undefined)
        this.#giveBack(claim, { waiter: `${this.#process}/${place}` });
    }
  }

  /** Wakes whoever waits, since what holds may have changed. */
  lookAgain(): void {
    this.#line.announceAll();
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    this.#stopListening();
    await Promise.all([this.#renewal.stop(), this.#poll.stop()]);
  }

  /** What cannot be given back ends by itself. */
  #giveBack(claim: Claim, { lease = '', waiter = '' }: { lease?: string; waiter?: string }): void {
    this.#run(GIVE_BACK, [`${this.#process}/`, lease, waiter, ...poolArgs(claim)])
      .then((answer) => {
        const [mine, replaced] = answers.ids.parse(answer);
        this.#tell(replaced);
        for (const id of mine) this.#hear(id);
      })
      .catch((error: unknown) => {
        this.#internals.logger.debug({ error: toSyncError(error) }, 'a permit is left to end by itself');
      });
  }

  async #renew(): Promise<void> {
    this.look();
    const held = this.#leases.all;
    if (held.length === 0) return;
    const askedAtMs = performance.now();
    const [lost, replaced] = answers.ids.parse(
      await this.#run(RENEW_PERMITS, [
        this.#leaseMs,
        ...held.flatMap(([lease, claim]) => [lease, ...poolArgs(claim)]),
      ]),
    );
    this.#tell(replaced);
    const gone = new Set(lost);
    this.#leases.renewed(
      held.map(([lease]) => lease).filter((lease) => !gone.has(lease)),
      askedAtMs,
    );
    for (const lease of lost) this.#leases.lose(lease);
  }

  async #askAgain(): Promise<void> {
    const waiting = this.#line.awaited;
    if (waiting.length === 0) return;
    const [may, replaced] = answers.ids.parse(
      await this.#run(ASK_AGAIN, [
        WAIT_MS,
        ...waiting.flatMap(([place, claim]) => [`${this.#process}/${place}`, ...poolArgs(claim)]),
      ]),
    );
    this.#tell(replaced);
    for (const id of may) this.#hear(id);
  }

  #hear(id: string): void {
    const own = `${this.#process}/`;
    if (id.startsWith(own)) this.#line.announce(id.slice(own.length));
  }

  #run(called: Script, args: readonly (string | number)[]): Promise<unknown> {
    const { client, keys } = this.#internals;
    return runScript(client, called, [keys.permitLine], [keys.root, ...args]);
  }

  #tell(replaced: readonly string[]): void {
    for (const key of replaced)
      this.#internals.unreadable.tell(
        key,
        'it was of another type: what it should hold comes back by itself',
      );
  }
}

import { BoundedMap, type Logger, SyncError } from '@regfleet/model';
import type { Redis } from 'ioredis';
import { isRefusalByRights } from './reply.ts';
import { connectingTrouble, refusedWhileAnswering } from './trouble.ts';

const ASK_MS = 2_000;
// A Redis that has not answered for so long does not work; scripts and saves that are in order take less.
const ANSWER_WITHIN_MS = 5_000;
const SILENT_LOOKS = Math.floor(ANSWER_WITHIN_MS / ASK_MS);
// Of one outage: its causes may change again and again.
const MOST_TOLD = 5;
// A connection that comes and goes is one outage.
const STEADY_MS = 5_000;
// What is refused is asked for again by the house-keeping of each minute at the latest, or nobody wants it any more.
const REFUSED = { limit: 100, maxAgeMs: 90_000, now: () => performance.now() };

/**
 * Whether Redis does what this process asks of it: it is asked again and again, by a command that only a server takes that
 * takes writes. The log is told when commands begin to wait, and when they go on.
 */
export class Answers {
  readonly #address: string;
  readonly #redis: string;
  readonly #logger: Logger;
  readonly #told = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;
  #hasBegun = false;
  #hasEnded = false;
  #lastAtMs = 0;
  /** The same by `performance.now`; before the first answer, the beginning. */
  #sinceMs = performance.now();
  /** Looks that found the question open: counted instead of time, since a process that was stopped for a while has not listened. */
  #openLooks = 0;
  #outageSinceMs = 0;
  #troubledAtMs = 0;
  /** When Redis answered again, and was not heard to be in trouble since. */
  #answersSinceMs: number | undefined;
  #trouble: SyncError | undefined;
  readonly #refusalsTold = new Set<string>();
  /** By what was asked. */
  readonly #refused = new BoundedMap<string, SyncError>(REFUSED);

  /** @param redis - where it is, without credentials, and how messages call it. */
  constructor({ address, name }: { address: string; name: string }, logger: Logger) {
    this.#address = address;
    this.#redis = name;
    this.#logger = logger;
  }

  /** Epoch milliseconds of the last answer; 0 before the first. */
  get lastAtMs(): number {
    return this.#lastAtMs;
  }

  /** Whether commands wait, or have not been seen to go on again yet. */
  get isWaitedFor(): boolean {
    return this.#trouble !== undefined;
  }

  /** Why they wait, or else why some of what is asked is refused; absent while all of it is carried out. */
  get trouble(): SyncError | undefined {
    return this.#trouble ?? this.#currentRefusal;
  }

  /** Whether it is worth telling of what is carried out. */
  get isRefusing(): boolean {
    return this.#refused.size > 0;
  }

  get #currentRefusal(): SyncError | undefined {
    return this.#refused.values().at(-1);
  }

  /**
   * Asks once, and waits for the answer however long that takes.
   *
   * @param probe - a key that is never there, so that nothing is written; what would be refused as a write is refused all the same.
   */
  async ask(client: Redis, probe: string): Promise<void> {
    await client.set(probe, '', 'XX');
    this.#lastAtMs = Date.now();
    const nowMs = performance.now();
    this.#sinceMs = nowMs;
    this.#trouble = undefined;
    this.#answersSinceMs ??= nowMs;
    if (this.#told.size === 0 || nowMs - this.#troubledAtMs < STEADY_MS) return;
    const waitedMs = Math.round(this.#answersSinceMs - this.#outageSinceMs);
    this.#logger.info({ address: this.#address, waitedMs }, 'redis answers: commands go on');
    this.#told.clear();
  }

  /** Until `begin`: says once when nothing was heard at all, neither an answer nor a failure. */
  expect(): void {
    this.#timer = setTimeout(() => this.#tell(this.#silence()), ANSWER_WITHIN_MS).unref();
  }

  /** Asks every two seconds, until `end`. */
  begin(client: Redis, probe: string): void {
    clearTimeout(this.#timer);
    this.#hasBegun = true;
    const look = async (): Promise<void> => {
      if (this.#isAsking) return;
      this.#isAsking = true;
      this.#openLooks = 0;
      try {
        await this.ask(client, probe);
      } catch (error) {
        // What is refused for want of a right has been heard of already.
        if (error instanceof Error && !isRefusalByRights(error.message)) this.heardTrouble(error);
      }
      this.#isAsking = false;
    };
    this.#timer = setInterval(() => {
      if (this.#isAsking) this.#openLooks += 1;
      if (this.#isAsking && this.#openLooks >= SILENT_LOOKS) this.#tell(this.#silence());
      void look();
    }, ASK_MS).unref();
    client.on('ready', () => void look());
  }

  end(): void {
    this.#hasEnded = true;
    clearInterval(this.#timer);
  }

  /** To be called with whatever goes wrong on the connection. */
  heardTrouble(error: Error): void {
    if (this.#hasEnded) return;
    this.#trouble = connectingTrouble(error, this.#redis);
    this.#tell(this.#trouble);
  }

  /**
   * To be called with what the server refuses although it answers. Before `begin`, whoever asks hears of it and gives up.
   *
   * @param asked - equal for what is refused for the same right.
   */
  heardRefusal(refusal: Error, asked: string): void {
    if (!this.#hasBegun || this.#hasEnded) return;
    if (this.#currentRefusal === undefined) this.#refusalsTold.clear();
    const error = refusedWhileAnswering(refusal, this.#redis);
    this.#refused.set(asked, error);
    // That commands wait has been told with its cause, which may be the same; what is refused after that is told then.
    if (this.#trouble !== undefined) return;
    if (this.#refusalsTold.has(error.message) || this.#refusalsTold.size >= MOST_TOLD) return;
    this.#refusalsTold.add(error.message);
    this.#logger.warn({ error }, 'redis refuses what is asked of it: what needs that is not done');
  }

  /** What was refused is not any more. */
  carriedOut(asked: string): void {
    this.#refused.delete(asked);
  }

  #silence(): SyncError {
    this.#trouble ??= new SyncError('REDIS_UNREACHABLE', {
      message: `${this.#redis} has not answered for ${ANSWER_WITHIN_MS / 1000} s`,
      hint: 'look at its load and at what is between: a proxy or a firewall may have dropped the connection',
    });
    return this.#trouble;
  }

  #tell(trouble: SyncError): void {
    this.#troubledAtMs = performance.now();
    this.#answersSinceMs = undefined;
    if (this.#told.size === 0) this.#outageSinceMs = this.#sinceMs;
    if (this.#told.has(trouble.message) || this.#told.size >= MOST_TOLD) {
      this.#logger.debug({ error: trouble }, 'commands wait for redis');
      return;
    }
    this.#told.add(trouble.message);
    this.#logger.warn({ error: trouble }, 'commands wait for redis');
  }
}

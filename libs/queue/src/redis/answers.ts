import { type Logger, SyncError } from '@regfleet/model';
import type { Redis } from 'ioredis';
import { connectingTrouble } from './trouble.ts';

const ASK_MS = 2_000;
// A Redis that has not answered for so long does not work; scripts and saves that are in order take less.
const ANSWER_WITHIN_MS = 5_000;
// Of one outage: its causes may change again and again.
const MOST_TOLD = 5;

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
  #hasEnded = false;
  #lastAtMs = 0;
  /** The same by `performance.now`; before the first answer, the beginning. */
  #sinceMs = performance.now();
  #trouble: SyncError | undefined;

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

  /** Why commands wait, or have not been seen to go on again yet; absent while they are answered. */
  get trouble(): SyncError | undefined {
    return this.#trouble;
  }

  /**
   * Asks once, and waits for the answer however long that takes.
   *
   * @param probe - a key that is never there, so that nothing is written; what would be refused as a write is refused all the same.
   */
  async ask(client: Redis, probe: string): Promise<void> {
    await client.set(probe, '', 'XX');
    this.#lastAtMs = Date.now();
    if (this.#told.size > 0) {
      const waitedMs = Math.round(performance.now() - this.#sinceMs);
      this.#logger.info({ address: this.#address, waitedMs }, 'redis answers: commands go on');
    }
    this.#sinceMs = performance.now();
    this.#trouble = undefined;
    this.#told.clear();
  }

  /** Until `begin`: says once when nothing was heard at all, neither an answer nor a failure. */
  expect(): void {
    this.#timer = setTimeout(() => this.#tell(this.#silence()), ANSWER_WITHIN_MS).unref();
  }

  /** Asks every two seconds, until `end`. */
  begin(client: Redis, probe: string): void {
    clearTimeout(this.#timer);
    const look = async (): Promise<void> => {
      if (performance.now() - this.#sinceMs > ANSWER_WITHIN_MS) this.#tell(this.#silence());
      if (this.#isAsking) return;
      this.#isAsking = true;
      try {
        await this.ask(client, probe);
      } catch (error) {
        if (error instanceof Error) this.heardTrouble(error);
      }
      this.#isAsking = false;
    };
    this.#timer = setInterval(() => void look(), ASK_MS).unref();
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

  #silence(): SyncError {
    this.#trouble ??= new SyncError('REDIS_UNREACHABLE', {
      message: `${this.#redis} has not answered for ${ANSWER_WITHIN_MS / 1000} s`,
      hint: 'look at its load and at what is between: a proxy or a firewall may have dropped the connection',
    });
    return this.#trouble;
  }

  #tell(trouble: SyncError): void {
    if (this.#told.has(trouble.message) || this.#told.size >= MOST_TOLD) {
      this.#logger.debug({ error: trouble }, 'commands wait for redis');
      return;
    }
    this.#told.add(trouble.message);
    this.#logger.warn({ error: trouble }, 'commands wait for redis');
  }
}

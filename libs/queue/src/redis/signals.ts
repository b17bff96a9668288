import { type Logger, redact, toSyncError } from '@regfleet/model';
import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';

/** `gap`: signals may have been missed, since the subscription has just begun (again). */
export type SignalKind = 'run' | 'end' | 'cancel' | 'lane' | 'permit' | 'hold' | 'pause' | 'rate' | 'gap';
export type SignalListener = (kind: SignalKind, id: string) => void;

const KINDS: ReadonlySet<string> = new Set<SignalKind>([
  'run',
  'end',
  'cancel',
  'lane',
  'permit',
  'hold',
  'pause',
  'rate',
  'gap',
]);
const isKind = (text: string): text is SignalKind => KINDS.has(text);

/**
 * What happens in the fleet, over Redis pub/sub: `<kind> <id>`.
 *
 * A signal can be lost while Redis is away, so every user also looks for itself from time to time.
 */
export class Signals {
  readonly #client: Redis;
  readonly #channel: string;
  readonly #logger: Logger;
  readonly #listeners = new Set<SignalListener>();
  #subscriber: Redis | undefined;

  constructor(client: Redis, keys: Keys, logger: Logger) {
    this.#client = client;
    this.#channel = keys.signals;
    this.#logger = logger;
  }

  /** @returns stops listening. */
  listen(listener: SignalListener): () => void {
    this.#listeners.add(listener);
    this.#subscriber ??= this.#subscribe();
    return () => this.#listeners.delete(listener);
  }

  async send(kind: SignalKind, id: string): Promise<void> {
    await this.#client.publish(this.#channel, `${kind} ${id}`);
  }

  close(): void {
    this.#listeners.clear();
    this.#subscriber?.disconnect();
  }

  #subscribe(): Redis {
    const subscriber = this.#client.duplicate({ autoResubscribe: false, lazyConnect: false });
    subscriber.on('error', (error) => {
      this.#logger.debug({ error: redact(error.message) }, 'trouble with the signals of redis');
    });
    // Commands have gone to another server, or over another way: what is published is heard there.
    this.#client.on('ready', () => {
      if (subscriber.status === 'ready') subscriber.disconnect(true);
    });
    subscriber.on('message', (_channel: string, message: string) => this.#receive(message));
    subscriber.on('ready', () => {
      subscriber.subscribe(this.#channel).then(
        () => this.#receive('gap '),
        () => undefined,
      );
    });
    return subscriber;
  }

  #receive(message: string): void {
    const blank = message.indexOf(' ');
    const kind = message.slice(0, blank);
    if (!isKind(kind)) return;
    for (const listener of [...this.#listeners]) this.#tell(listener, kind, message.slice(blank + 1));
  }

  /** Whoever can publish chooses the id: what a listener makes of it must not end the process. */
  #tell(listener: SignalListener, kind: SignalKind, id: string): void {
    try {
      listener(kind, id);
    } catch (error) {
      this.#logger.warn({ kind, error: toSyncError(error) }, 'a signal could not be followed');
    }
  }
}

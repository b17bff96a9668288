import type { Logger } from '@regfleet/model';
import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';
import type { Queues } from './queues.ts';
import type { RunBook } from './runs/run-book.ts';
import type { Signals } from './signals.ts';
import type { Unreadable } from './unreadable.ts';

/** What the rooms of this package share of one Redis. */
export interface Internals {
  readonly client: Redis;
  readonly keys: Keys;
  readonly queues: Queues;
  readonly signals: Signals;
  readonly unreadable: Unreadable;
  readonly logger: Logger;
}

/** What consumers need besides. */
export interface FleetInternals extends Internals {
  readonly book: RunBook;
}

/** Where a fleet keeps them: no other package can name this key. */
export const INTERNALS = Symbol('internals');

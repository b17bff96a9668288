import type { Logger } from '@regfleet/model';
import type { Redis } from 'ioredis';
import type { Keys } from '../redis/keys.ts';
import type { Signals } from '../redis/signals.ts';
import type { Unreadable } from '../redis/unreadable.ts';
import type { Queues } from './queues.ts';

/** What the rooms of this package share of one Redis. */
export interface Internals {
  readonly client: Redis;
  readonly keys: Keys;
  readonly queues: Queues;
  readonly signals: Signals;
  readonly unreadable: Unreadable;
  readonly logger: Logger;
}

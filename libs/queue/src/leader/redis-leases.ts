import { type LeaseStore, shortHash } from '@regfleet/fleet';
import type { Internals } from '../jobs/internals.ts';
import { runScript } from '../redis/script.ts';
import { LEAD, STAND_DOWN } from './lead.ts';

const HASH_LENGTH = 22;

/** A lease is held as leadership is: by a key that expires. */
export class RedisLeases implements LeaseStore {
  readonly #internals: Internals;

  constructor(internals: Internals) {
    this.#internals = internals;
  }

  async take(name: string, holder: string, leaseMs: number): Promise<boolean> {
    const { client, keys } = this.#internals;
    const answer = await runScript(
      client,
      LEAD,
      [keys.lease(shortHash(name, HASH_LENGTH))],
      [holder, leaseMs],
    );
    return Array.isArray(answer) && answer[0] === 1;
  }

  async end(name: string, holder: string): Promise<void> {
    const { client, keys } = this.#internals;
    await runScript(client, STAND_DOWN, [keys.lease(shortHash(name, HASH_LENGTH))], [holder]);
  }
}

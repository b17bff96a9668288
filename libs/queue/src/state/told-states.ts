import { SOURCE_STATES, type ToldState, type ToldStates } from '@regfleet/fleet';
import { parseJson } from '@regfleet/model';
import { z } from 'zod';
import type { Internals } from '../jobs/internals.ts';

const MOST_CHARACTERS = 1_000;

const stateSchema = z.object({ isFailing: z.boolean(), vanished: z.array(z.enum(SOURCE_STATES)) });

const fieldOf = (receiver: string): string => `told ${receiver}`;

/** With what else is known of the task, and gone with it. */
export class RedisToldStates implements ToldStates {
  readonly #internals: Internals;

  constructor(internals: Internals) {
    this.#internals = internals;
  }

  async of(receiver: string, tasks: readonly string[]): Promise<(ToldState | undefined)[]> {
    const { client, keys, unreadable } = this.#internals;
    const pipeline = client.pipeline();
    for (const task of tasks) pipeline.hget(keys.task(task), fieldOf(receiver));
    const replies = (await pipeline.exec()) ?? [];
    return tasks.map((task, at) => {
      const [error, text] = replies[at] ?? [];
      if (error != null) unreadable.tell(keys.task(task), error.message);
      if (typeof text !== 'string' || text.length > MOST_CHARACTERS) return undefined;
      return stateSchema.safeParse(parseJson(text)).data;
    });
  }

  async set(receiver: string, task: string, state: ToldState): Promise<void> {
    const { client, keys } = this.#internals;
    await client.hset(keys.task(task), fieldOf(receiver), JSON.stringify(state));
  }
}

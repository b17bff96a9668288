import type { Heartbeat, Processes, ProcessReport, WorkerStatus } from '@regfleet/fleet';
import { parseJson, RELAY_NAMES, within } from '@regfleet/model';
import { z } from 'zod';
import type { Internals } from '../jobs/internals.ts';
import { epochMs } from '../redis/epoch.ts';
import { type Beats, startHeartbeat } from './heartbeat.ts';

const DEFAULT_TTL_MS = 30_000;
const LEAVE_MS = 1_000;
// Arguments of a call are bounded; the next list goes on.
const MOST_FORGOTTEN = 1_000;

// Longer than any of ours: no table has room for more.
const name = z.string().max(1_024);

const statusSchema = z.object({
  id: name,
  host: name,
  pid: z.number(),
  role: z.enum(['scheduler', 'worker']),
  startedAtMs: epochMs,
  seenAtMs: epochMs,
  relays: z.array(z.enum(RELAY_NAMES)),
  concurrency: z.number(),
  active: z.number(),
  leads: z.boolean().exactOptional(),
});

export class FleetProcesses implements Processes, Beats {
  readonly #internals: Internals;

  constructor(internals: Internals) {
    this.#internals = internals;
  }

  announce(report: () => ProcessReport): Promise<Heartbeat> {
    return startHeartbeat(this, report, this.#internals.logger);
  }

  async beat(status: WorkerStatus, ttlMs = DEFAULT_TTL_MS): Promise<void> {
    const { client, keys } = this.#internals;
    const text = JSON.stringify(status);
    // No transaction: one that a replica refuses is not sent again to the primary, a single command is.
    await client.set(keys.process(status.id), text, 'PX', ttlMs);
    await client.sadd(keys.processes, status.id);
  }

  async leave(id: string): Promise<void> {
    const { client, keys } = this.#internals;
    if (client.status !== 'ready') return;
    // A process that stops because Redis is gone must not wait for it; its entry expires by itself.
    const leaving = Promise.all([client.del(keys.process(id)), client.srem(keys.processes, id)]);
    await within(leaving, LEAVE_MS);
  }

  async list(): Promise<WorkerStatus[]> {
    const { client, keys, unreadable } = this.#internals;
    const ids =
      (await unreadable.unless(keys.processes, () => client.smembers(keys.processes)))?.sort() ?? [];
    if (ids.length === 0) return [];
    const texts = await client.mget(ids.map((id) => keys.process(id)));
    const gone = ids.filter((_, index) => texts[index] == null).slice(0, MOST_FORGOTTEN);
    if (gone.length > 0) await client.srem(keys.processes, ...gone);
    return texts.flatMap((text, index) =>
      text === null ? [] : this.#read(keys.process(ids[index] ?? ''), text),
    );
  }

  /** Nothing when a later release writes what this one cannot read. */
  #read(key: string, text: string): WorkerStatus[] {
    const parsed = statusSchema.safeParse(parseJson(text));
    if (parsed.success) return [parsed.data];
    this.#internals.unreadable.tell(key, z.prettifyError(parsed.error));
    return [];
  }
}

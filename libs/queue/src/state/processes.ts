import type { Heartbeat, Processes, ProcessReport, WorkerStatus } from '@regfleet/fleet';
import { parseJson, RELAY_NAMES, within } from '@regfleet/model';
import { z } from 'zod';
import type { Internals } from '../jobs/internals.ts';
import { epochMs } from '../redis/epoch.ts';
import { type Beats, startHeartbeat } from './heartbeat.ts';

const DEFAULT_TTL_MS = 30_000;
// Long enough for whoever comes in the morning.
const MISSED_MS = 24 * 60 * 60 * 1000;
const LEAVE_MS = 1_000;
// Arguments of a call are bounded; the next list goes on.
const MOST_FORGOTTEN = 1_000;

// Longer than any of ours: no table has room for more.
const name = z.string().max(1_024);

const bytes = z.number().nonnegative();
const memorySchema = z.object({
  rssBytes: bytes,
  heapBytes: bytes,
  heapLimitBytes: bytes,
  limitBytes: bytes.exactOptional(),
});

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
  memory: memorySchema.exactOptional(),
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
    await client.set(keys.lastSeen(status.id), text, 'PX', MISSED_MS);
    await client.sadd(keys.processes, status.id);
  }

  async leave(id: string): Promise<void> {
    const { client, keys } = this.#internals;
    if (client.status !== 'ready') return;
    // A process that stops because Redis is gone must not wait for it; its entry expires by itself.
    const leaving = Promise.all([
      client.del(keys.process(id), keys.lastSeen(id)),
      client.srem(keys.processes, id),
    ]);
    await within(leaving, LEAVE_MS);
  }

  async list(): Promise<WorkerStatus[]> {
    return (await this.#look()).alive;
  }

  async missing(): Promise<WorkerStatus[]> {
    const { alive, silent } = await this.#look();
    const isReplaced = ({ host, role, seenAtMs }: WorkerStatus): boolean =>
      alive.some((other) => other.host === host && other.role === role && other.startedAtMs >= seenAtMs);
    return silent.filter((status) => !isReplaced(status));
  }

  /** Forgets those of which nothing is known any more. */
  async #look(): Promise<{ alive: WorkerStatus[]; silent: WorkerStatus[] }> {
    const { client, keys, unreadable } = this.#internals;
    const ids =
      (await unreadable.unless(keys.processes, () => client.smembers(keys.processes)))?.sort() ?? [];
    const [now, leader] = await Promise.all([
      this.#readAll(ids, keys.process),
      unreadable.unless(keys.leader, () => client.get(keys.leader)),
    ]);
    const gone = ids.filter((_, index) => now[index] === undefined);
    const before = await this.#readAll(gone, keys.lastSeen);
    const forgotten = gone.filter((_, index) => before[index] === undefined).slice(0, MOST_FORGOTTEN);
    if (forgotten.length > 0) await client.srem(keys.processes, ...forgotten);
    const alive = now.flatMap((status) => status ?? []);
    return {
      alive: alive.map((status) => asOf(status, leader)),
      silent: before.flatMap((status) => status ?? []),
    };
  }

  /** In the order of `ids`; absent: there is none, empty: it cannot be read. */
  async #readAll(
    ids: readonly string[],
    keyOf: (id: string) => string,
  ): Promise<(WorkerStatus[] | undefined)[]> {
    if (ids.length === 0) return [];
    const texts = await this.#internals.client.mget(ids.map(keyOf));
    return texts.map((text, index) =>
      text === null ? undefined : this.#read(keyOf(ids[index] ?? ''), text),
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

/** Who was killed while it led has said so last, and leads no longer than its lease lasts. */
const asOf = ({ leads, ...status }: WorkerStatus, leader: string | null | undefined): WorkerStatus => ({
  ...status,
  ...(leads !== undefined && { leads: leads && leader === status.id }),
});

import type { FleetUploads } from '@regfleet/fleet';
import { z } from 'zod';
import type { Internals } from '../jobs/internals.ts';
import { runScript, script } from '../redis/script.ts';

/** Longer than any note of ours. */
const MOST_NOTE_TEXT = 8_000;
const MOST_NOTES = 1_000;
const MOST_READ = 100;
const KEPT_MS = 24 * 60 * 60 * 1000;

/** All notes are one sorted set, by when their leases end. Such a script has KEYS[1] = the set. */
const BASE = `
local notes = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found = redis.call('TYPE', notes).ok
if found ~= 'zset' and found ~= 'none' then redis.call('UNLINK', notes) end
`;

/** ARGV: note, lease in milliseconds. Where there are too many, those that nobody ended for longest go. */
const KEEP_NOTE = script(
  BASE,
  `
redis.call('ZADD', notes, now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYRANK', notes, 0, -${MOST_NOTES + 1})
redis.call('PEXPIRE', notes, ${KEPT_MS})
`,
);

/**
 * Returns notes whose lease has ended, of many some that stand together, and forgets those that nobody could end for a day. Where
 * they begin is another place each time: nobody may have the password any more for those that ended first.
 */
const LAPSED_NOTES = script(
  BASE,
  `
redis.call('ZREMRANGEBYSCORE', notes, '-inf', now - ${KEPT_MS})
local answer = {}
local beyond = math.max(0, redis.call('ZCOUNT', notes, '-inf', now) - ${MOST_READ})
local skipped = tonumber(time[2]) % (beyond + 1)
for _, note in ipairs(redis.call('ZRANGEBYSCORE', notes, '-inf', now, 'LIMIT', skipped, ${MOST_READ})) do
  if #note <= ${MOST_NOTE_TEXT} then answer[#answer + 1] = note else redis.call('ZREM', notes, note) end
end
return answer
`,
);

export class RedisUploads implements FleetUploads {
  readonly #internals: Internals;

  constructor(internals: Internals) {
    this.#internals = internals;
  }

  async keep(note: string, leaseMs: number): Promise<void> {
    const { client, keys } = this.#internals;
    if (note.length <= MOST_NOTE_TEXT) await runScript(client, KEEP_NOTE, [keys.uploads], [note, leaseMs]);
  }

  async drop(note: string): Promise<boolean> {
    const { client, keys } = this.#internals;
    return (await client.zrem(keys.uploads, note)) === 1;
  }

  async lapsed(): Promise<readonly string[]> {
    const { client, keys } = this.#internals;
    return z.array(z.string()).parse(await runScript(client, LAPSED_NOTES, [keys.uploads], []));
  }
}

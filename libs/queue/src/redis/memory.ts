import type { Redis } from 'ioredis';

/** What a Redis says of its memory. */
export interface RedisMemory {
  readonly usedBytes: number;
  /** Its `maxmemory`; absent: none. */
  readonly limitBytes?: number;
  /** Its `maxmemory-policy`. */
  readonly policy?: string;
}

/** Absent where it does not tell, for want of a right or as what is not quite Redis. */
export async function readMemory(client: Redis): Promise<RedisMemory | undefined> {
  const told = await client.info('memory').catch(() => undefined);
  if (told === undefined) return undefined;
  const field = (name: string): string | undefined => new RegExp(`^${name}:(\\S+)`, 'm').exec(told)?.[1];
  const [usedBytes, limitBytes] = [Number(field('used_memory')), Number(field('maxmemory'))];
  if (!Number.isFinite(usedBytes) || !Number.isFinite(limitBytes)) return undefined;
  const policy = field('maxmemory_policy');
  return { usedBytes, ...(limitBytes > 0 && { limitBytes }), ...(policy !== undefined && { policy }) };
}

export { connectFleet, type Fleet } from './fleet.ts';
export type { ConnectOptions } from './redis/connection.ts';
export type { RedisMemory } from './redis/memory.ts';
export { redisRefusal } from './redis/trouble.ts';

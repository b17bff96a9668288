import type { RedisMemory } from '@regfleet/queue';

const MIB = 1024 * 1024;

// The blob index, and what Redis, its connections and queues take by themselves.
const BASE_BYTES = 48 * MIB;
// Runs, errors and images of a task that changes little.
const TASK_BYTES = MIB;
const NEARLY_FULL = 0.85;

/** As Redis' own config writes it. */
const mb = (bytes: number): string => `${Math.ceil(bytes / MIB)}mb`;

/**
 * What an operator should change at a Redis, a sentence each.
 *
 * @param tasks - how many the config has.
 */
export function memoryAdvice({ usedBytes, limitBytes, policy }: RedisMemory, tasks: number): string[] {
  const leastBytes = BASE_BYTES + tasks * TASK_BYTES;
  const advice: string[] = [];
  if (policy !== undefined && policy !== 'noeviction')
    advice.push(`Redis may drop jobs, as its maxmemory-policy is ${policy}: set it to noeviction`);
  if (limitBytes === undefined) {
    advice.push(
      `Redis has no maxmemory, so that it may be ended for want of memory instead of refusing writes: set it below the memory of its machine or container, to ${mb(leastBytes)} or more`,
    );
  } else if (limitBytes < leastBytes) {
    advice.push(
      `Redis has a maxmemory of ${mb(limitBytes)}, which is little for ${tasks} ${tasks === 1 ? 'task' : 'tasks'}: set it to ${mb(leastBytes)} or more`,
    );
  }
  if (limitBytes !== undefined && usedBytes > NEARLY_FULL * limitBytes) {
    advice.push(
      `Redis has used ${mb(usedBytes)} of its maxmemory of ${mb(limitBytes)}: nothing is begun once it is full; set it higher`,
    );
  }
  return advice;
}

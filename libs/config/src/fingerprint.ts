import { createHash } from 'node:crypto';
import type { Task } from './model.ts';
import type { ReadMapping } from './sections/mapping.ts';

const LENGTH = 16;

/**
 * A short digest of what a task means: equal for equal definitions, whatever their layout in the file.
 *
 * Passwords, and where they are kept, are not part of it.
 */
export function fingerprintOf(
  { targets, ...task }: Omit<Task, 'id' | 'fingerprint' | 'mappings'>,
  mappings: readonly ReadMapping[],
): string {
  const [target, ...more] = targets;
  // One target means the same by whichever key it is written.
  const definition = {
    ...task,
    ...(more.length === 0 ? { target } : { targets }),
    mappings: mappings.map(({ text }) => text),
  };
  return createHash('sha256').update(canonical(definition)).digest('hex').slice(0, LENGTH);
}

// `Secret` serialises as ***; the place of a password file differs from machine to machine.
function canonical(definition: object): string {
  return JSON.stringify(definition, (key, value: unknown) =>
    key === 'passwordFile' ? undefined : sorted(value),
  );
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}

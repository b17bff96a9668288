import { isSyncError, redact } from '@regfleet/model';

// Fields of such names never reach a log, whoever put them there.
const SECRET_FIELD =
  /^(?:authorization|password|passwd|secret|token|(?:access|refresh|identity)_?token|cookie)$/i;
// Deeper data is a mistake of the caller; a log line is no place for it.
const MAX_DEPTH = 8;

/**
 * `value` as plain JSON data fit for a log: strings redacted, errors with cause and stack, cycles cut.
 *
 * The last resort against secrets in logs: everything that logs is expected to keep them out by itself.
 */
export function loggable(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[…]';
  if (value instanceof Error) return loggableError(value, depth);
  if (value instanceof Map) return loggable(Object.fromEntries(value), depth);
  if (value instanceof Set) return loggable([...value], depth);
  if (Array.isArray(value)) return value.map((item) => loggable(item, depth + 1));
  if ('toJSON' in value && typeof value.toJSON === 'function') return loggable(value.toJSON(), depth + 1);
  return loggableFields(value, depth);
}

/** The same for the fields of one object. */
export function loggableFields(fields: object, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      SECRET_FIELD.test(name) && value !== undefined ? '***' : loggable(value, depth + 1),
    ]),
  );
}

function loggableError(error: Error, depth: number): unknown {
  const cause = error.cause === undefined ? {} : { cause: loggable(error.cause, depth + 1) };
  if (isSyncError(error)) return { ...loggableFields(error.toJSON(), depth), ...cause };
  const { name, message, stack } = error;
  return loggableFields(
    { name, message, ...('code' in error && { code: error.code }), stack, ...cause },
    depth,
  );
}

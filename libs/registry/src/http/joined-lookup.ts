import type { Lookup } from './shared-lookups.ts';

type Answered = Parameters<Lookup>[2];

/**
 * Asks once for all who want the same name meanwhile, and remembers nothing.
 *
 * A name server that is silent holds a thread of this process for ten seconds and more, and there are few of them: one for each
 * connection to a name that does not resolve would leave none for names that do.
 *
 * @see https://github.com/nodejs/node/issues/62503
 */
export function joinedLookup(resolver: Lookup): Lookup {
  const waiting = new Map<string, Answered[]>();
  return (hostname, options, callback) => {
    const { family, hints, order, verbatim } = options;
    const key = JSON.stringify([hostname, family, hints, order, verbatim]);
    const others = waiting.get(key);
    if (others !== undefined) {
      others.push(callback);
      return;
    }
    const callbacks = [callback];
    waiting.set(key, callbacks);
    resolver(hostname, options, (error, addresses) => {
      waiting.delete(key);
      for (const answered of callbacks) answered(error, [...(addresses ?? [])]);
    });
  };
}

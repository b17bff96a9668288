import { describe, expect, it } from 'vitest';
import { joinedLookup } from './joined-lookup.ts';
import type { Lookup } from './shared-lookups.ts';

const ADDRESS = { address: '192.0.2.7', family: 4 };

/** A resolver that answers once it is told to. */
function slow(error: NodeJS.ErrnoException | null = null) {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const resolver: Lookup = (hostname, { family }, callback) => {
    asked.push([hostname, family].join(' ').trim());
    // As Node's own: no addresses beside an error.
    waiting.push(() => (error === null ? callback(null, [ADDRESS]) : Reflect.apply(callback, null, [error])));
  };
  const answer = (): void => {
    for (const reply of waiting.splice(0)) reply();
  };
  return { asked, answer, lookup: joinedLookup(resolver) };
}

describe('registry/http/joined-lookup', () => {
  it('holds one thread for all connections that wait for the same name', () => {
    const { asked, answer, lookup } = slow();
    const heard: unknown[] = [];
    for (let count = 0; count < 20; count += 1) {
      lookup('a.test', { all: true }, (error, addresses) => heard.push([error, addresses]));
    }
    lookup('b.test', { all: true }, () => undefined);
    lookup('a.test', { all: true, family: 6 }, () => undefined);
    expect(asked).toEqual(['a.test', 'b.test', 'a.test 6']);
    answer();
    expect(heard).toEqual(Array.from({ length: 20 }, () => [null, [ADDRESS]]));
  });

  it('asks again once it was answered, so that a moved registry is found', () => {
    const { asked, answer, lookup } = slow();
    lookup('a.test', { all: true }, () => undefined);
    answer();
    lookup('a.test', { all: true }, () => undefined);
    expect(asked).toEqual(['a.test', 'a.test']);
  });

  it('tells a failure to each, and keeps none', () => {
    const failure = Object.assign(new Error('getaddrinfo EAI_AGAIN a.test'), { code: 'EAI_AGAIN' });
    const { asked, answer, lookup } = slow(failure);
    const heard: unknown[] = [];
    for (const _ of [1, 2]) lookup('a.test', { all: true }, (error) => heard.push(error));
    answer();
    expect(heard).toEqual([failure, failure]);
    lookup('a.test', { all: true }, () => undefined);
    expect(asked).toHaveLength(2);
  });
});

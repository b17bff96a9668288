import { describe, expect, it } from 'vitest';
import type { Asked, Exchange } from './exchange.ts';
import { Script } from './script.ts';

const response = { status: 200 };
const asked = (method: string, path: string, headers: Asked['headers'] = {}): Asked => ({
  method,
  path,
  url: new URL(path, 'http://registry'),
  headers,
});

describe('harness/servers/script', () => {
  it('takes exchanges in any order, each as often as it may come', () => {
    const script = new Script([
      { method: 'GET', path: '/a', response },
      { method: 'GET', path: /^\/b/, times: 2, response },
    ]);
    for (const path of ['/b1', '/a?x=1', '/b2']) expect(script.take(asked('GET', path))).toBeDefined();
    script.verify();
    expect(script.take(asked('GET', '/a'))).toBeUndefined();
  });

  it('tells which requests were expected and which came instead', () => {
    const script = new Script([{ method: 'PUT', path: '/a', times: 2, response }]);
    script.take(asked('PUT', '/a'));
    script.take(asked('DELETE', '/a'));
    expect(() => script.verify()).toThrow(
      /PUT \/a \(1 of 2\)[\s\S]*were not expected:\n {2}DELETE \/a in state start/,
    );
  });

  it('lets exchanges come never that may come any number of times', () => {
    const script = new Script([{ method: 'GET', path: '/a', times: 'any', response }]);
    script.verify();
    for (let i = 0; i < 5; i += 1) expect(script.take(asked('GET', '/a'))).toBeDefined();
  });

  it('moves from state to state', () => {
    const exchanges: readonly Exchange[] = [
      { method: 'GET', path: '/a', inState: 'start', nextState: 'later', response: { status: 401 } },
      { method: 'GET', path: '/a', inState: 'later', response: { status: 200 } },
    ];
    const script = new Script(exchanges);
    expect(script.take(asked('GET', '/a'))).toBe(exchanges[0]);
    expect(script.take(asked('GET', '/a'))).toBe(exchanges[1]);
  });

  it('checks headers by value, by pattern and by absence', () => {
    const headers = { accept: 'x', authorization: undefined, range: /^bytes=5-/ };
    const exchange: Exchange = { method: 'GET', path: '/a', headers, times: 'any', response };
    const script = new Script([exchange]);
    expect(script.take(asked('GET', '/a', { accept: 'x', range: 'bytes=5-9' }))).toBe(exchange);
    expect(script.take(asked('GET', '/a', { accept: 'x' }))).toBeUndefined();
    expect(
      script.take(asked('GET', '/a', { accept: 'x', range: 'bytes=5-', authorization: 'y' })),
    ).toBeUndefined();
  });
});

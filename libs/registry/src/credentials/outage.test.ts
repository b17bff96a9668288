import { describe, expect, it } from 'vitest';
import { outageOf } from './outage.ts';

const coded = (code: string, message = 'failed') => Object.assign(new Error(message), { code });

describe('registry/credentials/outage', () => {
  it.each([
    ['a timeout of fetch', new DOMException('too slow', 'TimeoutError'), 'TIMED_OUT'],
    ['an abort by the library', new DOMException('aborted', 'AbortError'), 'TIMED_OUT'],
    ['a timeout as the code', coded('TimeoutError'), 'TIMED_OUT'],
    ['a timeout of connecting', coded('UND_ERR_CONNECT_TIMEOUT'), 'TIMED_OUT'],
    ['a refused connection', coded('ECONNREFUSED'), 'NETWORK_FAILED'],
    ['a connection that this process may not open', coded('EMFILE'), 'NETWORK_FAILED'],
    ['an unknown name', coded('ENOTFOUND'), 'NETWORK_FAILED'],
    [
      'a cause',
      new Error('no token', { cause: new Error('fetch', { cause: coded('ECONNRESET') }) }),
      'NETWORK_FAILED',
    ],
    [
      'one of several attempts',
      new AggregateError([new Error('unset'), coded('EAI_AGAIN')]),
      'NETWORK_FAILED',
    ],
    ["MSAL's code", Object.assign(new Error('failed'), { errorCode: 'network_error' }), 'NETWORK_FAILED'],
    ['words only', new Error('cannot log in: network_error: connect ECONNREFUSED'), 'NETWORK_FAILED'],
    ['a missing identity', new Error('Could not load the default credentials'), undefined],
    ['a program that is not installed', coded('ENOENT', 'spawn az ENOENT'), undefined],
    ['no error', 'ECONNREFUSED', undefined],
  ])('reads %s', (_title, error, code) => {
    expect(outageOf(error)).toBe(code);
  });

  it('ends for an error that is its own cause', () => {
    const error = new Error('again');
    error.cause = error;
    expect(outageOf(error)).toBeUndefined();
  });
});

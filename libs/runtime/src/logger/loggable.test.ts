import { Secret, SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { loggable, loggableFields } from './loggable.ts';

describe('runtime/logger/loggable', () => {
  it('redacts strings at any depth', () => {
    expect(loggable({ a: [{ url: 'redis://user:hunter2@host' }] })).toEqual({
      a: [{ url: 'redis://***@host' }],
    });
  });

  it('prints secrets and fields with a secret name as ***', () => {
    expect(loggableFields({ password: 'hunter2', Authorization: 'x', held: new Secret('hunter2') })).toEqual({
      password: '***',
      Authorization: '***',
      held: '***',
    });
  });

  it('leaves absent fields absent', () => {
    expect(JSON.stringify(loggableFields({ token: undefined, task: undefined }))).toBe('{}');
  });

  it('gives a SyncError its fields and its cause', () => {
    const error = new SyncError('NETWORK_FAILED', {
      message: 'no answer',
      side: 'source',
      cause: Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' }),
    });
    expect(loggable(error)).toMatchObject({
      kind: 'retryable',
      code: 'NETWORK_FAILED',
      message: 'no answer',
      side: 'source',
      cause: { name: 'Error', message: 'connect failed', code: 'ECONNREFUSED' },
    });
  });

  it('keeps the stack of an unexpected error', () => {
    expect(loggable(new TypeError('x is undefined'))).toMatchObject({
      name: 'TypeError',
      stack: expect.stringContaining('loggable.test.ts'),
    });
  });

  it('cuts cycles', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(JSON.stringify(loggable(cycle))).toContain('[…]');
  });

  it('turns what JSON lacks into what it has', () => {
    expect(
      loggable({ map: new Map([['a', 1]]), set: new Set([1]), big: 7n, url: new URL('http://u:p@host/x') }),
    ).toEqual({ map: { a: 1 }, set: [1], big: '7', url: 'http://***@host/x' });
  });
});

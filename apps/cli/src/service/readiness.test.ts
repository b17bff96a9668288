import { SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { readiness, type ServiceState } from './readiness.ts';

const { signal } = new AbortController();
const REFUSED = new SyncError('REDIS_UNSUITABLE', { message: 'Redis takes no further connection' });
const fleet = { address: 'redis://host:1', isAnswering: true, trouble: undefined };
const started: ServiceState = { fleet, parts: [{}] };

describe('cli/service/readiness', () => {
  it.each<[string, ServiceState, string[]]>([
    ['all of it works', started, []],
    ['Redis is waited for', {}, ['waiting for Redis']],
    ['it starts', { fleet }, ['starting']],
    [
      'there is no connection',
      { ...started, fleet: { ...fleet, isAnswering: false } },
      ['no connection to Redis at redis://host:1'],
    ],
    [
      'Redis answers and refuses some of what is asked',
      { ...started, fleet: { ...fleet, trouble: REFUSED } },
      [REFUSED.message],
    ],
    ['a part lacks something', { fleet, parts: [{ troubles: () => ['no relay'] }] }, ['no relay']],
  ])('says why a service is not ready: %s', (_case, state, reasons) => {
    expect(readiness(state, signal)).toEqual({ ready: reasons.length === 0, reasons });
  });

  it('is not ready once it is told to stop', () => {
    expect(readiness(started, AbortSignal.abort())).toEqual({ ready: false, reasons: ['stopping'] });
  });
});

import { describe, it } from 'vitest';
import { outage, rotation } from './registry-outage.ts';

// Spent within seconds, as those of the default are within a minute.
const QUICK = { attempts: 2, backoff: '1s', 'max-backoff': '1s' };

describe('system/registry-outage', () => {
  // Nearly all of their time is waiting for a registry; `npm run test:soak` has each side of each.
  it.concurrent.each([
    ['fleet', 'source'],
    ['sync', 'target'],
  ] as const)('fails no image, in %s, while the %s is down for 10 s in the middle of a run', (by, down) =>
    outage(by, down, { seconds: 10, retries: QUICK }),
  );

  it.concurrent.each(['fleet'] as const)(
    'fails no image, in %s, while a rotated password is not in its file for 10 s',
    (by) => rotation(by, 10),
  );
});

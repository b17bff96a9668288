import { describe, it } from 'vitest';
import { outage } from './registry-outage.ts';

describe('system/registry-outage', () => {
  // Nearly all of their time is waiting for a registry.
  it.concurrent.each([
    { by: 'fleet', down: 'source' },
    { by: 'fleet', down: 'target' },
    { by: 'sync', down: 'source' },
    { by: 'sync', down: 'target' },
  ] as const)(
    'fails no image, of a $by, when the $down is down for 12 s in the middle of a run',
    ({ by, down }) => outage({ by, down, seconds: 12, images: 120 }),
  );
});

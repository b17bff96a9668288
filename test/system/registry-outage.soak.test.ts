import { describe, it } from 'vitest';
import { outage, rotation } from './registry-outage.ts';

describe('soak/registry-outage', () => {
  it.concurrent.each([
    ['fleet', 'source'],
    ['fleet', 'target'],
    ['sync', 'source'],
    ['sync', 'target'],
  ] as const)('fails no image, in %s, while the %s is down for a minute in the middle of a run', (by, down) =>
    outage(by, down, { seconds: 60 }),
  );

  it.concurrent.each(['fleet', 'sync'] as const)(
    'fails no image, in %s, while a rotated password is not in its file for a minute',
    (by) => rotation(by, 60),
  );
});

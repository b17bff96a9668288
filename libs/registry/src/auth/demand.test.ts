import { describe, expect, it } from 'vitest';
import { type Demand, Demands } from './demand.ts';

const DEMAND: Demand = {
  scheme: 'bearer',
  params: { realm: 'https://auth.test/' },
  url: new URL('https://r.test/'),
};

describe('registry/auth/demand', () => {
  it('lets go what was refused a minute ago, and the oldest of many', () => {
    const clock = { ms: 0 };
    const demands = new Demands(() => clock.ms);
    demands.refused('first', DEMAND);
    expect(demands.of('first')).toBe(DEMAND);
    clock.ms += 60_000;
    expect(demands.of('first')).toBeUndefined();
    for (let count = 0; count < 300; count += 1) demands.refused(`purpose ${count}`, DEMAND);
    expect(demands.size).toBe(256);
    clock.ms += 60_000;
    demands.forget('last');
    expect(demands.size).toBe(1);
  });
});

import { describe, expect, it } from 'vitest';
import { Clouds } from './clouds.ts';
import { RenewingCredentials } from './renewing.ts';
import { locationOf } from './scenario.contract.ts';

const question = { asked: 'nobody', hint: 'none', timeoutMs: 1_000 };

describe('registry/credentials/clouds', () => {
  it('lets logins and accounts go that nobody has asked for in more than a day', () => {
    const clock = { ms: 0 };
    const clouds = new Clouds({}, () => clock.ms);
    const tokensOf = () =>
      clouds.shared('hub', () => new RenewingCredentials(async () => undefined, { now: () => 0, question }));
    const accountOf = () => clouds.ecr.of(locationOf('111111111111.dkr.ecr.eu-west-1.amazonaws.com'));
    const first = [tokensOf(), accountOf()];
    clock.ms += 24 * 3_600_000;
    expect([tokensOf(), accountOf()]).toEqual(
      first.map((each) => expect.toSatisfy((other) => other === each)),
    );
    clock.ms += 25 * 3_600_000;
    expect(tokensOf()).not.toBe(first[0]);
    expect(accountOf()).not.toBe(first[1]);
  });
});

import {
  type CopyRequest,
  type Credentials,
  type ErrorCode,
  parseReference,
  Secret,
  type Side,
  SyncError,
  silentLogger,
} from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import type { CopyContext, CopySide } from './contract.ts';
import { Logins } from './logins.ts';

const request: CopyRequest = {
  relay: 'skopeo',
  source: parseReference('source.example.com/app:v1'),
  target: parseReference('target.example.com/app:v1'),
};

const login = (lifetimeMs: number): Credentials => ({
  username: 'bot',
  secret: new Secret('secret'),
  expiresAtMs: Date.now() + lifetimeMs,
});

async function loginsOf(given: Readonly<Record<Side, Credentials | undefined>>): Promise<Logins> {
  const side = (name: Side) => ({ credentials: () => Promise.resolve(given[name]) }) as unknown as CopySide;
  const context: CopyContext = {
    source: side('source'),
    target: side('target'),
    signal: new AbortController().signal,
    logger: silentLogger,
    verbose: false,
  };
  const logins = new Logins(request, context);
  await logins.of('source');
  await logins.of('target');
  return logins;
}

const refused = (code: ErrorCode, side?: Side): SyncError => new SyncError(code, { message: 'no', side });

describe('relay/logins', () => {
  it('finds the side of a login that expired where the refusal names none', async () => {
    const logins = await loginsOf({ source: login(60_000), target: login(-1) });
    expect(logins.expiredSide(refused('DENIED'))).toBe('target');
    expect(logins.explained(refused('DENIED'))).toMatchObject({
      code: 'CREDENTIALS_EXPIRED',
      side: 'target',
      registry: 'target.example.com',
    });
  });

  it('takes no other failure for an expired login, nor a refusal by the other side', async () => {
    const logins = await loginsOf({ source: login(-1), target: login(60_000) });
    expect(logins.expiredSide(refused('SERVER_FAILED', 'source'))).toBeUndefined();
    expect(logins.expiredSide(refused('UNAUTHORIZED', 'target'))).toBeUndefined();
    expect(logins.expiredSide(new Error('denied'))).toBeUndefined();
  });

  it.each([
    ['unauthorized: no (credentials of vault)', { ...login(60_000), provider: 'vault' }],
    ['unauthorized: no (credentials of bot)', login(60_000)],
    ['unauthorized: no (no credentials were given)', undefined],
  ])('tells "%s"', async (message, source) => {
    const logins = await loginsOf({ source, target: undefined });
    const error = new SyncError('UNAUTHORIZED', {
      message: 'unauthorized: no',
      side: 'source',
      hint: 'log in',
    });
    expect(logins.explained(error)).toMatchObject({ code: 'UNAUTHORIZED', hint: 'log in', message });
  });
});

import { inspect } from 'node:util';
import { type Credentials, isSyncError, type Location } from '@regfleet/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CredentialDeps } from './deps.ts';
import type { CredentialProvider } from './provider.ts';

/** A provider with something behind it that holds a login. */
export interface ProviderScenario extends AsyncDisposable {
  readonly provider: CredentialProvider;
  readonly location: Location;
  readonly deps: CredentialDeps;
  readonly username: string;
  /** The password that a correct answer holds at this moment. */
  password(): string | undefined;
  /** Replaces what is held, as a rotation does; absent where nothing can rotate. */
  rotate?(): Promise<void>;
  /** Makes every further answer impossible; absent where nothing can fail. */
  ruin?(): Promise<void>;
}

/** What every credential provider keeps to. */
export function describeCredentialProvider(title: string, open: () => Promise<ProviderScenario>): void {
  describe(`${title} as a credential provider`, () => {
    let scenario: ProviderScenario;
    beforeEach(async () => {
      scenario = await open();
    });
    afterEach(async () => {
      await scenario[Symbol.asyncDispose]();
    });
    const opened = () => scenario.provider.open(scenario.location, scenario.deps);

    it('applies to its location and gives the login that is held', async () => {
      expect(scenario.provider.appliesTo(scenario.location)).toBe(true);
      const credentials = await opened().get();
      expect(credentials?.username).toBe(scenario.username);
      expect(credentials?.secret.reveal()).toBe(scenario.password());
    });

    it('gives the same login to all who ask at once', async () => {
      const provider = opened();
      const answers = await Promise.all([provider.get(), provider.get(), provider.get()]);
      expect(new Set(answers.map(reveal)).size).toBe(1);
    });

    it('does not show its secret when printed', async () => {
      const credentials = await opened().get();
      const printed = `${inspect(credentials, { depth: 9 })} ${JSON.stringify(credentials)}`;
      expect(printed).not.toContain(reveal(credentials));
    });

    it('has nothing to say where a location wants to be anonymous', () => {
      const location: Location = { ...scenario.location, auth: { kind: 'anonymous' } };
      expect(scenario.provider.appliesTo(location)).toBe(false);
    });

    it('follows a rotation', async () => {
      if (scenario.rotate === undefined) return;
      const provider = opened();
      await provider.get();
      await scenario.rotate();
      provider.forget?.();
      const credentials = await provider.get();
      expect(reveal(credentials)).toBe(scenario.password());
    });

    it('says what failed, for which registry, and what to do; and never becomes anonymous', async () => {
      if (scenario.ruin === undefined) return;
      await scenario.ruin();
      const failure = await opened()
        .get()
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      if (!isSyncError(failure)) throw failure ?? new Error('nothing failed');
      expect(`${failure.registry} ${failure.message}`).toContain(scenario.location.registry.host);
      expect(failure.hint ?? failure.kind).toMatch(/./);
    });
  });
}

const reveal = (credentials: Credentials | undefined): string | undefined => credentials?.secret.reveal();

import type { Location } from '@regfleet/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLister, listerOf } from './index.ts';
import type { ListerDefinition, ListerDeps } from './lister.ts';

/** A registry with at least three names that the lister gives in more than one page, where it pages at all. */
export interface ListerScenario extends AsyncDisposable {
  readonly definition: ListerDefinition;
  readonly location: Location;
  readonly deps: ListerDeps;
  /** As references have them, in any order. */
  readonly names: readonly string[];
  /** Requests that reached the registry's API so far. */
  requests(): number;
  /** Makes every further answer impossible. */
  ruin(): Promise<void>;
}

/** What every lister keeps to. */
export function describeLister(title: string, open: () => Promise<ListerScenario>): void {
  describe(`${title} as a lister`, () => {
    let scenario: ListerScenario;
    beforeEach(async () => {
      scenario = await open();
    });
    afterEach(async () => {
      await scenario[Symbol.asyncDispose]();
    });
    const lister = (limits: { maxItems?: number; cacheDurationMs?: number } = {}) =>
      createLister(scenario.location, scenario.deps, { cacheDurationMs: 0, ...limits });

    it('is the one that lists its location', () => {
      expect(listerOf(scenario.location).definition).toBe(scenario.definition);
    });

    it('gives every name once', async () => {
      const names = await lister().list();
      expect([...names].sort()).toEqual([...scenario.names].sort());
    });

    it('does not cut names off at the limit', async () => {
      const names = await lister({ maxItems: 1 }).list();
      expect(names.length).toBeGreaterThanOrEqual(1);
      expect(scenario.names).toEqual(expect.arrayContaining([...names]));
    });

    it('asks once for many who want the same, and not again while it is kept', async () => {
      const [one, other] = [lister({ cacheDurationMs: 60_000 }), lister({ cacheDurationMs: 60_000 })];
      await Promise.all([one.list(), other.list()]);
      const asked = scenario.requests();
      await one.list();
      expect(scenario.requests()).toBe(asked);
    });

    it('asks each time where nothing is to be kept', async () => {
      await lister().list();
      const asked = scenario.requests();
      await lister().list();
      expect(scenario.requests()).toBeGreaterThan(asked);
    });

    it('says which registry failed, and keeps no failure', async () => {
      await scenario.ruin();
      const failing = lister({ cacheDurationMs: 60_000 });
      await expect(failing.list()).rejects.toMatchObject({
        name: 'SyncError',
        registry: expect.stringMatching(/./),
      });
      await expect(failing.list()).rejects.toMatchObject({ name: 'SyncError' });
    });

    it('ends with the reason of an abort', async () => {
      const signal = AbortSignal.abort(new Error('shutting down'));
      await expect(lister().list({ signal })).rejects.toThrow('shutting down');
    });
  });
}

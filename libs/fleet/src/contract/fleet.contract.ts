import { describe } from 'vitest';
import { describeCancels } from './cancels.contract.ts';
import { describeCopies } from './copies.contract.ts';
import { describeDrain } from './drain.contract.ts';
import { describeExpansions } from './expansions.contract.ts';
import { describeHolds } from './holds.contract.ts';
import { describeIdentity } from './identity.contract.ts';
import { describeLimits } from './limits.contract.ts';
import { describeOutages } from './outages.contract.ts';
import { describeRecords } from './records.contract.ts';
import { describeRunImages } from './run-images.contract.ts';
import { describeRuns } from './runs.contract.ts';
import { describeSchedules } from './schedules.contract.ts';
import type { OpenStore } from './store.fixture.ts';
import { describeVerdicts } from './verdicts.contract.ts';

/** What every store of a fleet keeps to. @param open - is called before each test. */
export function describeFleet(name: string, open: OpenStore): void {
  describe(`${name} as a store`, () => {
    describe('runs', () => describeRuns(open));
    describe('images of runs', () => describeRunImages(open));
    describe('expansions', () => describeExpansions(open));
    describe('copies', () => describeCopies(open));
    describe('identity', () => describeIdentity(open));
    describe('verdicts', () => describeVerdicts(open));
    describe('limits', () => describeLimits(open));
    describe('cancels', () => describeCancels(open));
    describe('holds', () => describeHolds(open));
    describe('outages', () => describeOutages(open));
    describe('drain', () => describeDrain(open));
    describe('schedules', () => describeSchedules(open));
    describe('records', () => describeRecords(open));
  });
}

export { describeMeters } from './meters.contract.ts';
export { failure, HOUR_MS, hourly, type OpenedStore, type OpenStore, yearly } from './store.fixture.ts';

export type * from './api.ts';
export type * from './contract.ts';
export { connectFleet, HandBackError, startCopyConsumer, startRunConsumer } from './fleet.ts';

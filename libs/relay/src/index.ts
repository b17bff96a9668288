export type * from './contract.ts';
export { openRelay, type RelayOptions } from './definitions.ts';

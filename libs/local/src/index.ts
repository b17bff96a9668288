export { type LocalFleet, type LocalFleetOptions, openLocalFleet } from './local-fleet.ts';
export { LocalMeters } from './local-meters.ts';
export { type MemoryRecords, type MemoryRecordsOptions, memoryRecords } from './memory-records.ts';

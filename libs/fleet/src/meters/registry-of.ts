import type { Meter } from './meters.ts';

export const registryOf = (meter: Meter): string => meter.split(' ')[1] ?? '';

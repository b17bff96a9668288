import type { Fault } from '@regfleet/harness';
import type { PlannedFault } from '../plan.ts';
import { chosen, type Injector } from './injector.ts';

/** Faults of the proxy before one registry, by the plan's choice. */
const spoiling =
  (side: 'source' | 'target', faultOf: (fault: PlannedFault) => Fault): Injector =>
  ({ parts }, fault) => {
    const proxy = side === 'source' ? parts.sourceProxy : parts.targetProxy;
    const injected = proxy.inject(faultOf(fault));
    return Promise.resolve(() => {
      injected.remove();
      return Promise.resolve();
    });
  };

const refused = (fault: PlannedFault): Fault => ({
  status: 429,
  oneIn: 3,
  headers: chosen([{ 'retry-after': '1' }, { 'retry-after': '2' }, {}], fault),
});

const broken = (fault: PlannedFault): Fault => ({
  status: chosen([500, 502, 503], fault),
  oneIn: chosen([2, 3, 4], fault),
});

const cutAt = (fault: PlannedFault): number => chosen([1, 100, 60_000], fault);

export const REGISTRY_INJECTORS = {
  'source: 429': spoiling('source', refused),
  'source: 500': spoiling('source', broken),
  'source: cut': spoiling('source', (fault) => ({
    method: 'GET',
    kind: 'blob',
    oneIn: 2,
    cutAfterBytes: cutAt(fault),
  })),
  'source: trickle': spoiling('source', () => ({
    method: 'GET',
    kind: 'blob',
    oneIn: 2,
    bytesPerSecond: 500,
  })),
  'source: hang': spoiling('source', () => ({ oneIn: 4, held: true })),
  'source: delay': spoiling('source', () => ({ delayMs: 300 })),
  'target: 429': spoiling('target', refused),
  'target: 500': spoiling('target', broken),
  'target: cut': spoiling('target', (fault) => ({
    kind: 'upload',
    oneIn: 3,
    cutRequestAfterBytes: cutAt(fault),
  })),
  'target: hang': spoiling('target', () => ({ oneIn: 4, held: true })),
  'target: delay': spoiling('target', () => ({ delayMs: 300 })),
  // What registries answer then: 507 by some, 500 by most.
  'target: disk full': spoiling('target', (fault) => ({ kind: 'upload', status: chosen([507, 500], fault) })),
} as const satisfies Record<string, Injector>;

import { parseRegistryName, RELAY_NAMES } from '@regfleet/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { laneName, parseLane } from './lane-name.ts';

const host = fc
  .oneof(
    fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?(:\d{1,5})?$/),
    fc.constantFrom('[::1]:5000', '[2001:db8::7]', 'to', 'to:1', 'a.to'),
  )
  .filter((name) => parseRegistryName(name).host === name);

describe('fleet/lane-name', () => {
  it('makes lane names that BullMQ accepts and that can be read back', () => {
    fc.assert(
      fc.property(fc.constantFrom(...RELAY_NAMES), host, host, (relay, source, target) => {
        const lane = laneName({ relay, source, target });
        expect(lane).not.toContain(':');
        expect(parseLane(lane)).toEqual({ relay, source, target });
      }),
    );
    expect(laneName({ relay: 'direct', source: 'docker.io', target: 'registry.local:5000' })).toBe(
      'copy.direct.docker.io_to_registry.local_5000',
    );
  });

  it('reads a lane from no text that it would not have written', () => {
    const text = fc.stringMatching(/^copy\.(direct|skopeo)\.[a-z0-9_.:[\]-]{0,12}_to_[a-z0-9_.:[\]-]{0,12}$/);
    fc.assert(
      fc.property(text, (lane) => {
        const parts = parseLane(lane);
        expect(parts === undefined ? lane : laneName(parts)).toBe(lane);
      }),
    );
  });

  it.each([
    '',
    'runs',
    'copydirect',
    'copy.direct.',
    'copy.direct.docker.io',
    'copy.direct._to_a',
    'copy.direct.a_to_',
    'copy.direct.a_to_b_to_c',
    'copy.unknown.docker.io_to_a',
    'copy.direct.a:5000_to_b',
    'copy.direct.a_to_b:5000',
    'copy.direct.a/b_to_c',
    'copy.direct.a_b_to_c',
    'copy.direct.a_to_b_c',
    'copy.direct.A.test_to_b',
    'copy.direct.a_to_B.test',
    'copy.direct.index.docker.io_to_a',
    'copy.direct.a_to_index.docker.io',
    'copy.direct.a_to_b\n',
    `copy.direct.${'a'.repeat(300)}_to_b`,
    `copy.direct.a_to_b${'_to_'.repeat(300_000)}`,
  ])('reads %s as no lane', (name) => {
    expect(parseLane(name)).toBeUndefined();
  });
});

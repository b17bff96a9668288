import { RELAY_NAMES, type RelayName, SyncError, silentLogger } from '@regfleet/model';
import type { Relay } from '@regfleet/relay';
import { describe, expect, it } from 'vitest';
import type { RelayNeeds } from './relays.ts';
import { WorkerRelays } from './worker-relays.ts';

const configOf = (...relays: RelayName[]): RelayNeeds => ({
  relay: 'docker',
  tasks: relays.map((relay) => ({ relay })),
});

const othersThan = (name: RelayName): RelayName[] => RELAY_NAMES.filter((other) => other !== name).sort();

const failingFor = (tries: number, names: readonly RelayName[]): Partial<Record<RelayName, number>> =>
  Object.fromEntries(names.map((name) => [name, tries]));

/** Relays of which some fail for so many tries; the longest pause is a millisecond. */
function scene(config: RelayNeeds, failures: Partial<Record<RelayName, number>>) {
  const errors: string[] = [];
  const closed: RelayName[] = [];
  const opened: RelayName[] = [];
  const stop = new AbortController();
  const left = new Map(Object.entries(failures));
  const open = async (name: RelayName): Promise<Relay> => {
    const failuresLeft = left.get(name) ?? 0;
    left.set(name, failuresLeft - 1);
    if (failuresLeft > 0) throw new SyncError('RELAY_UNAVAILABLE', { message: `no ${name} yet` });
    const close = () => Promise.resolve(closed.push(name)).then(() => undefined);
    return { name, copy: () => Promise.reject(new Error('copies nothing')), close };
  };
  const error = (fields: object) => errors.push(String(Object(fields).relay));
  const relays = new WorkerRelays({
    config,
    open,
    signal: stop.signal,
    logger: { ...silentLogger, error },
    pauses: { firstMs: 1, longestMs: 1 },
  });
  const found = (name: RelayName): Promise<void> =>
    new Promise((resolve) =>
      relays.search((relay) => {
        opened.push(relay.name);
        if (relay.name === name) resolve();
      }),
    );
  return { relays, errors, closed, opened, stop, found };
}

describe('cli/service/worker-relays', () => {
  it('takes every relay that works at start, needed or not', async () => {
    const { relays, errors } = scene(configOf('direct'), { docker: 1 });
    expect([...(await relays.open()).keys()].sort()).toEqual(othersThan('docker'));
    expect(errors).toEqual([]);
    expect(relays.troubles()).toEqual([]);
  });

  it('tries a relay that is needed again until it works, and says so ever more rarely', async () => {
    const { relays, errors, opened, found } = scene(
      configOf('direct', 'docker'),
      failingFor(9, othersThan('direct')),
    );
    expect([...(await relays.open()).keys()]).toEqual(['direct']);
    expect(relays.troubles()).toEqual(['relay docker does not work here: no docker yet']);
    await found('docker');
    expect(opened).toEqual(['docker']);
    expect(relays.troubles()).toEqual([]);
    expect(errors).toEqual(Array(4).fill('docker'));
  });

  it('takes the relay of the whole config for needed where there are no tasks', async () => {
    const { relays } = scene(configOf(), { docker: 1 });
    await relays.open();
    expect(relays.troubles()).toHaveLength(1);
  });

  it('looks for what another config needs, and misses what it no longer needs no more', async () => {
    const { relays, found } = scene(configOf('docker'), { docker: Number.POSITIVE_INFINITY, skopeo: 3 });
    await relays.open();
    const skopeo = found('skopeo');
    relays.reload(configOf('skopeo'));
    await skopeo;
    expect(relays.troubles()).toEqual([]);
  });

  it('ends its search when it is told to stop, and closes what it opened', async () => {
    const { relays, stop, closed } = scene(configOf('docker'), { docker: Number.POSITIVE_INFINITY });
    await relays.open();
    relays.search(() => undefined);
    stop.abort();
    await relays.close();
    expect(closed.sort()).toEqual(RELAY_NAMES.filter((name) => name !== 'docker').sort());
  });
});

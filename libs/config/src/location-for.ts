import {
  type CopyRequest,
  type Location,
  parseRegistryName,
  type Reference,
  type RelayName,
  type Side,
} from '@regfleet/model';
import type { SyncConfig } from './model.ts';

/** How to talk to a registry for an image that no task names: as `registries` says, else with what the environment offers. */
export function locationFor(config: SyncConfig, registry: string): Location {
  const name = parseRegistryName(registry);
  const named = [...config.registries.values()].find((location) => location.registry.host === name.host);
  if (named !== undefined) return named;
  return {
    registry: name,
    auth: { kind: 'ambient' },
    tls: { skipVerify: false, certsDir: config.skopeo.certsDir },
  };
}

/** How a side of a request is reached: as its task says when that speaks of the registry, else as `locationFor` does. */
export function requestLocation(config: SyncConfig, request: CopyRequest, side: Side): Location {
  const { registry } = request[side];
  const location = config.tasks.find((task) => task.id === request.task)?.[side];
  return location !== undefined && location.registry.host === registry
    ? location
    : locationFor(config, registry);
}

/** The end of a copy whose registry the file does not name; absent: it names both. */
export const unnamedEnd = (
  config: SyncConfig,
  { source, target }: Pick<CopyRequest, Side>,
): Reference | undefined => [source, target].find(({ registry }) => !namesRegistry(config, registry));

/** True where a task copies from that registry by that relay. */
export function usesSource(
  config: SyncConfig,
  { relay, registry }: { relay: RelayName; registry: string },
): boolean {
  const { host } = parseRegistryName(registry);
  return config.tasks.some((task) => task.relay === relay && task.source.registry.host === host);
}

/** True for a registry that the file names, below `registries` or in a task. */
export function namesRegistry(config: SyncConfig, host: string): boolean {
  const wanted = parseRegistryName(host).host;
  const inTasks = config.tasks.flatMap(({ source, target }) => [source, target]);
  return [...config.registries.values(), ...inTasks].some(({ registry }) => registry.host === wanted);
}

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

/** Where copies of one kind go: by which relay, from which registry to which, by their hosts. */
export interface CopyRoute {
  readonly relay: RelayName;
  readonly source: string;
  readonly target: string;
}

/** True where a task copies that way. */
export const usesRoute = (config: SyncConfig, { relay, source, target }: CopyRoute): boolean =>
  config.tasks.some(
    (task) =>
      task.relay === relay && task.source.registry.host === source && task.target.registry.host === target,
  );

/** True where the file names both registries. */
export const namesRoute = (config: SyncConfig, { source, target }: Omit<CopyRoute, 'relay'>): boolean =>
  namesRegistry(config, source) && namesRegistry(config, target);

/** How many copies may be under way from the one, and to the other, as `registries` says. */
export function routeLimits(
  config: SyncConfig,
  { source, target }: Omit<CopyRoute, 'relay'>,
): Readonly<Partial<Record<Side, number>>> {
  const from = locationFor(config, source).concurrency?.source;
  const to = locationFor(config, target).concurrency?.target;
  return { ...(from !== undefined && { source: from }), ...(to !== undefined && { target: to }) };
}

/** True for a registry that the file names, below `registries` or in a task. */
export const namesRegistry = (config: SyncConfig, host: string): boolean =>
  registriesOf(config).has(parseRegistryName(host).host);

/** The hosts of all registries that the file names. */
export function registriesOf(config: SyncConfig): ReadonlySet<string> {
  const inTasks = config.tasks.flatMap(({ source, target }) => [source, target]);
  return new Set([...config.registries.values(), ...inTasks].map(({ registry }) => registry.host));
}

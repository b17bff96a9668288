import {
  type CopyRequest,
  type Location,
  parseRegistryName,
  type Reference,
  type RelayName,
  type Side,
} from '@regfleet/model';
import type { SyncConfig, TargetTask, Task } from './model.ts';

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

/**
 * How a side of a request is reached: as its task says when that speaks of the registry, else as `locationFor` does. Of several
 * targets at one registry it is the one whose path the repository is below.
 */
export function requestLocation(config: SyncConfig, request: CopyRequest, side: Side): Location {
  const { registry, repository } = request[side];
  const task = config.tasks.find(({ id }) => id === request.task);
  const locations = side === 'source' ? [task?.source] : (task?.targets ?? []);
  const there = locations.filter((location) => location?.registry.host === registry);
  const isBelow = (path: string): boolean => path === '' || `${repository}/`.startsWith(`${path}/`);
  const [nearest] = there
    .filter((location) => isBelow(location?.registry.path ?? ''))
    .toSorted((one, other) => pathLength(other) - pathLength(one));
  return nearest ?? there[0] ?? locationFor(config, registry);
}

const pathLength = (location: Location | undefined): number => location?.registry.path.length ?? 0;

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
      task.relay === relay &&
      task.source.registry.host === source &&
      task.targets.some(({ registry }) => registry.host === target),
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
  const inTasks = config.tasks.flatMap(taskLocations);
  return new Set([...config.registries.values(), ...inTasks].map(({ registry }) => registry.host));
}

/** The registries of a task, its source first. */
export const taskLocations = ({ source, targets }: Pick<Task, 'source' | 'targets'>): readonly Location[] => [
  source,
  ...targets,
];

/** The task once for each of its targets. */
export const targetTasks = ({ targets, ...task }: Task): TargetTask[] =>
  targets.map((target) => ({ ...task, target }));

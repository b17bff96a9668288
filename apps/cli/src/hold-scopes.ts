import { namesRegistry, type SyncConfig, taskLocations } from '@regfleet/config';
import { type Hold, type HoldScope, scopeName } from '@regfleet/fleet';
import { nearest, parseRegistryName, SyncError } from '@regfleet/model';
import { tasksNamed } from './tasks.ts';

/** How `pause` and `resume` are told what they are about. */
export interface ScopeFlags {
  readonly task?: readonly string[];
  readonly registry?: readonly string[];
  readonly all: boolean;
}

/**
 * What the flags name, each once.
 *
 * @param held - what is held now: it may be named although the config knows it no more.
 * @throws {SyncError} `USAGE_INVALID` where nothing is named, or a registry that there is not; `TASK_UNKNOWN`.
 */
export function scopesNamed(
  config: SyncConfig,
  { task = [], registry = [], all }: ScopeFlags,
  held: readonly Pick<Hold, 'scope'>[] = [],
): HoldScope[] {
  const isHeld = (scope: HoldScope): boolean =>
    held.some((hold) => scopeName(hold.scope) === scopeName(scope));
  const ofTask = (name: string): HoldScope[] => {
    const scope: HoldScope = { kind: 'task', task: name };
    return isHeld(scope)
      ? [scope]
      : tasksNamed(config, [name]).map(({ id }): HoldScope => ({ kind: 'task', task: id }));
  };
  const ofRegistry = (name: string): HoldScope => {
    const scope: HoldScope = { kind: 'registry', registry: parseRegistryName(name).host };
    if (!isHeld(scope) && !namesRegistry(config, name)) throw unknownRegistry(config, name);
    return scope;
  };
  const scopes: HoldScope[] = [
    ...(all ? [{ kind: 'everything' } as const] : []),
    ...task.flatMap(ofTask),
    ...registry.map(ofRegistry),
  ];
  if (scopes.length === 0) {
    throw new SyncError('USAGE_INVALID', {
      message: 'it is not said what is meant',
      hint: 'give --task NAME, --registry HOST or --all',
    });
  }
  return [...new Map(scopes.map((scope) => [scopeName(scope), scope])).values()];
}

function unknownRegistry(config: SyncConfig, name: string): SyncError {
  const locations = [...config.registries.values(), ...config.tasks.flatMap(taskLocations)];
  const hosts = [...new Set(locations.map(({ registry }) => registry.host))];
  const suggestion = nearest(name, hosts);
  return new SyncError('USAGE_INVALID', {
    message: `${config.file} does not name the registry "${name}"`,
    hint:
      suggestion === undefined
        ? `it names ${hosts.slice(0, 10).join(', ') || 'none'}`
        : `did you mean "${suggestion}"?`,
  });
}

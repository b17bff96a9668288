import type { RelayName } from '@regfleet/model';
import type { Relay, RelayDefinition, RelayDeps } from './contract.ts';
import { directRelay } from './direct/definition.ts';
import { dockerRelay } from './docker/definition.ts';
import { skopeoRelay } from './skopeo/definition.ts';

/** How each relay is opened. */
const RELAY_DEFINITIONS = {
  direct: directRelay,
  docker: dockerRelay,
  skopeo: skopeoRelay,
} satisfies Readonly<Record<RelayName, RelayDefinition<never>>>;

type OptionsOf<Name extends RelayName> = Parameters<(typeof RELAY_DEFINITIONS)[Name]['open']>[0];

type WithoutOptions = { [Name in RelayName]: object extends OptionsOf<Name> ? Name : never }[RelayName];

/** What each relay has to be told, by its name, as the config has it. */
export type RelayOptions = {
  readonly [Name in Exclude<RelayName, WithoutOptions>]: OptionsOf<Name>;
} & { readonly [Name in WithoutOptions]?: OptionsOf<Name> };

/**
 * @param options - of that relay; those of others are passed over.
 * @throws {SyncError} `RELAY_UNAVAILABLE` when the relay cannot work on this machine.
 */
export async function openRelay<Name extends RelayName>(
  name: Name,
  options: Pick<RelayOptions, Name> & Partial<RelayOptions>,
  deps: RelayDeps,
): Promise<Relay> {
  const definition: RelayDefinition<never> = RELAY_DEFINITIONS[name];
  return definition.open((options[name] ?? {}) as never, deps);
}

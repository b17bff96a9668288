import { type Logger, type RelayName, SyncError } from '@regfleet/model';
import type { Relay, RelayDefinition } from './contract.ts';
import { type DirectOptions, directRelay } from './direct/definition.ts';
import type { DockerOptions } from './docker/connect.ts';
import { dockerRelay } from './docker/definition.ts';
import type { SkopeoOptions } from './skopeo/copy.ts';
import { skopeoRelay } from './skopeo/definition.ts';

/** What each relay needs to know, by its name. */
export interface RelayOptions {
  readonly direct?: DirectOptions;
  readonly docker?: DockerOptions;
  readonly skopeo: SkopeoOptions;
}

interface RelayDeps {
  readonly logger: Logger;
  readonly signal?: AbortSignal;
}

interface RegisteredRelay {
  readonly name: RelayName;
  open(options: RelayOptions, deps: RelayDeps): Promise<Relay>;
}

/** Every relay there is. A new one is a folder, its options above and a line here. */
const RELAY_DEFINITIONS: readonly RegisteredRelay[] = [
  registered(directRelay, (options) => options.direct ?? {}),
  registered(dockerRelay, (options) => options.docker ?? { keepImages: false, env: {} }),
  registered(skopeoRelay, (options) => options.skopeo),
];

function registered<Options>(
  definition: RelayDefinition<Options>,
  pick: (options: RelayOptions) => Options,
): RegisteredRelay {
  return {
    name: definition.name,
    open: (options, deps) => definition.open(pick(options), deps),
  };
}

/** @throws {SyncError} `RELAY_UNAVAILABLE` when the relay cannot work on this machine. */
export async function openRelay(name: RelayName, options: RelayOptions, deps: RelayDeps): Promise<Relay> {
  const definition = RELAY_DEFINITIONS.find((candidate) => candidate.name === name);
  if (definition === undefined) {
    throw new SyncError('RELAY_UNAVAILABLE', {
      message: `there is no relay "${name}"`,
      hint: `use one of ${RELAY_DEFINITIONS.map((candidate) => candidate.name).join(', ')}`,
    });
  }
  return definition.open(options, deps);
}

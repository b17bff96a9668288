import type { RelayName } from '@regfleet/model';
import type { Section } from '../schema/field.ts';
import type { RelayConfig, RelayContext } from './contract.ts';
import { type deprecatedDockerFields, dockerConfig } from './docker.ts';
import { skopeoConfig } from './skopeo.ts';

/** Every relay that has a section in the config. */
const RELAY_CONFIGS = {
  docker: dockerConfig,
  skopeo: skopeoConfig,
} as const;

type Configs = typeof RELAY_CONFIGS;
type Configured = keyof Configs & RelayName;

const NAMES = Object.keys(RELAY_CONFIGS) as readonly Configured[];

/** The sections of relays, at the top of the file. */
export const relaySections = Object.fromEntries(
  NAMES.map((name) => [name, RELAY_CONFIGS[name].section]),
) as unknown as { readonly [Name in Configured]: Configs[Name]['section'] };

/** What the config says to each relay that has a section. */
export type RelaySettings = { readonly [Name in Configured]: ReturnType<Configs[Name]['read']> };

type File = Section<typeof relaySections & typeof deprecatedDockerFields>;

export const readRelaySettings = (file: File, context: RelayContext): RelaySettings =>
  Object.fromEntries(
    NAMES.map((name) => [name, RELAY_CONFIGS[name].read(file, context)]),
  ) as unknown as RelaySettings;

/** Checks what only matters for relays that are used. */
export function checkUsedRelays(file: File, used: ReadonlySet<RelayName>, context: RelayContext): void {
  for (const name of NAMES) {
    const config: RelayConfig<File, unknown> = RELAY_CONFIGS[name];
    if (used.has(name)) config.checkUse?.(file, context);
  }
}

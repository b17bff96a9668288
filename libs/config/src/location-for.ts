import type { Location } from '@regfleet/model';
import type { SyncConfig } from './model.ts';
import { canonicalHost } from './registry-host.ts';

/** How to talk to a registry for an image that no task names: as `registries` says, else with what the environment offers. */
export function locationFor(config: SyncConfig, registry: string): Location {
  const wanted = canonicalHost(registry);
  for (const [host, location] of config.registries) {
    if (canonicalHost(host) === wanted) return { ...location, registry };
  }
  return {
    registry,
    auth: { kind: 'ambient' },
    tls: { skipVerify: false, certsDir: config.skopeo.certsDir },
  };
}

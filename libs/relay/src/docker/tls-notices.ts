import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Location, Logger } from '@regfleet/model';

// Where a daemon on this machine looks itself.
const DAEMON_CERTS_DIR = '/etc/docker/certs.d';

/** Says once per registry that its TLS settings have no effect on what a daemon pulls and pushes. */
export class TlsNotices {
  readonly #told = new Set<string>();

  /** @param registry - host as references carry it. */
  async tell(registry: string, { tls }: Location, logger: Logger): Promise<void> {
    if (this.#told.has(registry)) return;
    this.#told.add(registry);
    const settings = [
      ...(tls.skipVerify ? ['skip-tls-verify'] : []),
      ...((await hasCertificates(registry, tls.certsDir)) ? ['certs-dir'] : []),
    ];
    if (settings.length === 0) return;
    logger.warn(
      { registry, settings },
      "the docker daemon's own TLS settings count, not those of the config: insecure-registries and /etc/docker/certs.d",
    );
  }
}

async function hasCertificates(registry: string, certsDir: string): Promise<boolean> {
  if (certsDir === '' || certsDir === DAEMON_CERTS_DIR) return false;
  const host = registry.replace(/:\d+$/, '');
  const found = await Promise.allSettled([access(join(certsDir, host)), access(join(certsDir, registry))]);
  return found.some(({ status }) => status === 'fulfilled');
}

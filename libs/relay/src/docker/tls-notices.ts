import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { BoundedMap, type Location, type Logger } from '@regfleet/model';

// Where a daemon on this machine looks itself.
const DAEMON_CERTS_DIR = '/etc/docker/certs.d';

// Registries of a config, and how long one is remembered that nothing is copied from or to.
const MAX_TOLD = 4_096;
const IDLE_MS = 7 * 24 * 60 * 60_000;

/** Says once per registry that its TLS settings have no effect on what a daemon pulls and pushes. */
export class TlsNotices {
  readonly #told: BoundedMap<string, true>;

  /** @param now - epoch milliseconds; absent: the clock. */
  constructor(now: () => number = Date.now) {
    this.#told = new BoundedMap({ limit: MAX_TOLD, maxAgeMs: IDLE_MS, now });
  }

  /** Registries in memory. */
  get size(): number {
    return this.#told.size;
  }

  /** @param registry - host as references carry it. */
  async tell(registry: string, { tls }: Location, logger: Logger): Promise<void> {
    if (this.#told.use(registry)) return;
    this.#told.set(registry, true);
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

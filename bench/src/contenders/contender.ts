import type { Command } from '../process/measured-process.ts';

/** Names as results keep them. */
export type ContenderName = 'regfleet sync' | 'skopeo sync' | 'serial skopeo copy';

export interface SyncJob {
  /** `127.0.0.1:PORT`. */
  readonly sourceHost: string;
  readonly targetHost: string;
  /** All tags of each go to the repository of the same name. */
  readonly repositories: readonly string[];
  /** Config files are written here. */
  readonly folder: string;
  /** Where the program keeps what it remembers between its runs. */
  readonly home: string;
}

export interface Contender {
  readonly name: ContenderName;
  /** The command that does the whole job. */
  prepare(job: SyncJob): Promise<Command>;
}

// All traffic stays on loopback, whatever the environment of the bench says.
const PROXIES = ['http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];

/** Environment in which a contender neither meets nor leaves anything of the user's. */
export function cleanEnvironment(home: string): Record<string, string | undefined> {
  return {
    ...Object.fromEntries(PROXIES.map((name) => [name, undefined])),
    HOME: home,
    XDG_DATA_HOME: home,
    XDG_RUNTIME_DIR: home,
    // Also where root runs skopeo, its blob-info cache belongs into `home`.
    // https://github.com/containers/image/blob/v5.20.0/internal/rootless/rootless.go
    _CONTAINERS_ROOTLESS_UID: '65534',
  };
}

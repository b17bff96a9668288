import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from '../process/measured-process.ts';

/** Names as results keep them. */
export type ContenderName =
  | 'regfleet sync'
  | 'regfleet sync, sockets'
  | 'regfleet scheduler'
  | 'regfleet scheduler, sockets'
  | 'regfleet fleet'
  | 'regfleet fleet, sockets'
  | 'regsync'
  | 'crane'
  | 'ocync'
  | 'image-syncer'
  | 'skopeo sync'
  | "Debian's skopeo sync";

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

/** A file for a contender; JSON is YAML. @returns its path. */
export async function writeConfig(job: SyncJob, name: string, content: unknown): Promise<string> {
  const file = join(job.folder, name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content, undefined, 2));
  return file;
}

/** One line of shell for each repository, so many of them at once. */
export async function eachRepository(
  job: SyncJob,
  atOnce: number,
  line: (repository: string) => string,
): Promise<Command> {
  const lines = await writeConfig(job, 'lines', `${job.repositories.map(line).join('\0')}\0`);
  return {
    argv: ['xargs', '--null', `--max-procs=${atOnce}`, '--max-args=1', `--arg-file=${lines}`, 'sh', '-c'],
    env: cleanEnvironment(job.home),
  };
}

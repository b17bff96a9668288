import { writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Contender, cleanEnvironment, type SyncJob } from './contender.ts';

const COMMAND = fileURLToPath(new URL('../../../apps/cli/bin/regfleet.mjs', import.meta.url));

// The command names `node` in its first line: the one that runs the bench.
const PATH_OF_NODE = `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`;

/** What the config has besides, by where it stands. */
interface Settings {
  readonly file?: Readonly<Record<string, unknown>>;
  readonly mapping?: Readonly<Record<string, unknown>>;
}

/** `regfleet sync` with the direct relay, the command as it is installed. */
export function regfleetSync(
  flags: readonly string[] = [],
  settings: Settings = {},
  client?: 'sockets',
): Contender {
  return {
    name: client === undefined ? 'regfleet sync' : `regfleet sync, ${client}`,
    prepare: async (job) => {
      const config = join(job.folder, 'regfleet.yaml');
      await writeFile(config, configText(job, settings));
      return {
        argv: [COMMAND, 'sync', '--once', '-c', config, ...flags],
        env: {
          ...cleanEnvironment(job.home),
          PATH: PATH_OF_NODE,
          ...(client && { REGFLEET_HTTP_CLIENT: client }),
        },
      };
    },
  };
}

/** JSON is YAML. */
function configText(
  { sourceHost, targetHost, repositories }: SyncJob,
  { file = {}, mapping = {} }: Settings,
): string {
  const mappings = repositories.map((name) => ({ from: name, to: name, platform: 'all', ...mapping }));
  const task = {
    name: 'bench',
    source: { registry: sourceHost, 'skip-tls-verify': true },
    target: { registry: targetHost, 'skip-tls-verify': true },
    mappings: mappings.length === 0 ? null : mappings,
  };
  return JSON.stringify({ relay: 'direct', ...file, tasks: [task] });
}

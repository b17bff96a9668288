import { writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Contender, cleanEnvironment, type SyncJob } from './contender.ts';

const COMMAND = fileURLToPath(new URL('../../../apps/cli/bin/regfleet.mjs', import.meta.url));

// The command names `node` in its first line: the one that runs the bench.
const PATH_OF_NODE = `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`;

/** `regfleet sync` with the direct relay, the command as it is installed. */
export function regfleetSync(flags: readonly string[] = []): Contender {
  return {
    name: 'regfleet sync',
    prepare: async (job) => {
      const config = join(job.folder, 'regfleet.yaml');
      await writeFile(config, configText(job));
      return {
        argv: [COMMAND, 'sync', '--once', '-c', config, ...flags],
        env: { ...cleanEnvironment(job.home), PATH: PATH_OF_NODE },
      };
    },
  };
}

function configText({ sourceHost, targetHost, repositories }: SyncJob): string {
  const mappings = repositories.map((name) => `      - { from: ${name}, to: ${name}, platform: all }`);
  return [
    'relay: direct',
    'tasks:',
    '  - name: bench',
    `    source: { registry: '${sourceHost}', skip-tls-verify: true }`,
    `    target: { registry: '${targetHost}', skip-tls-verify: true }`,
    '    mappings:',
    ...mappings,
    '',
  ].join('\n');
}

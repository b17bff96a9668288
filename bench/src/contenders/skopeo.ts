import { writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { type Contender, cleanEnvironment, type SyncJob } from './contender.ts';

const TLS = '--src-tls-verify=false --dest-tls-verify=false';

/** `skopeo sync --all`, one call per repository. */
export const skopeoSync: Contender = {
  name: 'skopeo sync',
  prepare: (job) =>
    script(job, 'skopeo-sync.sh', (repository) => {
      // Without --scoped the last part of the name is kept.
      const target = `${job.targetHost}/${posix.dirname(repository)}`;
      const source = `${job.sourceHost}/${repository}`;
      return `skopeo --insecure-policy sync --all --src docker --dest docker ${TLS} ${source} ${target}`;
    }),
};

/** The tags of a repository listed, then one `skopeo copy --all` after the other: what dregsy does. */
export const serialSkopeoCopy: Contender = {
  name: 'serial skopeo copy',
  prepare: (job) =>
    script(job, 'skopeo-copy.sh', (repository) => {
      const source = `docker://${job.sourceHost}/${repository}`;
      const target = `docker://${job.targetHost}/${repository}`;
      return [
        `tags=$(skopeo list-tags --tls-verify=false ${source} | sed -n 's/^ *"\\([^"]*\\)",\\{0,1\\}$/\\1/p')`,
        'for tag in $tags; do',
        `  skopeo --insecure-policy copy --all ${TLS} ${source}:$tag ${target}:$tag`,
        'done',
      ].join('\n');
    }),
};

async function script(
  job: SyncJob,
  name: string,
  lines: (repository: string) => string,
): ReturnType<Contender['prepare']> {
  const file = join(job.folder, name);
  await writeFile(file, ['set -e', ...job.repositories.map(lines), ''].join('\n'));
  return { argv: ['sh', file], env: cleanEnvironment(job.home) };
}

import { posix } from 'node:path';
import type { PeerName, Programs } from '../peers/programs.ts';
import { type Contender, cleanEnvironment, eachRepository, type SyncJob, writeConfig } from './contender.ts';

// Each as fast as it was seen to go: with these numbers none is held back by its own limits on loopback or at a distance.
const REGSYNC = { parallel: 16, requestsAtOnce: 50 };
const CRANE = { tagsAtOnce: 16, repositoriesAtOnce: 4 };
const OCYNC_IMAGES_AT_ONCE = 50;
const IMAGE_SYNCER_TASKS_AT_ONCE = 16;
// It copies a repository's tags one by one; more processes than this gain nothing on few cores.
const SKOPEO_REPOSITORIES_AT_ONCE = 8;

type Prepare = (path: string) => Contender['prepare'];

const PREPARE: Readonly<Record<PeerName, Prepare>> = {
  regsync: (path) => async (job) => {
    const side = (registry: string) => ({ registry, tls: 'disabled', reqConcurrent: REGSYNC.requestsAtOnce });
    const config = await writeConfig(job, 'regsync.yaml', {
      version: 1,
      creds: [side(job.sourceHost), side(job.targetHost)],
      defaults: { parallel: REGSYNC.parallel },
      sync: pairs(job).map(([source, target]) => ({ source, target, type: 'repository' })),
    });
    return { argv: [path, 'once', '-c', config, '-v', 'warn'], env: cleanEnvironment(job.home) };
  },
  crane: (path) => (job) =>
    eachRepository(job, CRANE.repositoriesAtOnce, (repository) => {
      const copied = `${job.sourceHost}/${repository} ${job.targetHost}/${repository}`;
      return `exec ${path} copy --insecure --all-tags --jobs ${CRANE.tagsAtOnce} ${copied}`;
    }),
  ocync: (path) => async (job) => {
    const config = await writeConfig(job, 'ocync.yaml', {
      global: { max_concurrent_transfers: OCYNC_IMAGES_AT_ONCE, cache_dir: job.home },
      registries: {
        source: { url: job.sourceHost, auth_type: 'anonymous' },
        target: { url: job.targetHost, auth_type: 'anonymous' },
      },
      target_groups: { all: ['target'] },
      defaults: { source: 'source', targets: 'all', artifacts: { enabled: false }, tags: { glob: '*' } },
      mappings: job.repositories.map((from) => ({ from })),
    });
    return { argv: [path, 'sync', '-c', config], env: cleanEnvironment(job.home) };
  },
  'image-syncer': (path) => async (job) => {
    const auth = { insecure: true };
    const logins = { [job.sourceHost]: auth, [job.targetHost]: auth };
    const files = {
      auth: await writeConfig(job, 'auth.json', logins),
      images: await writeConfig(job, 'images.json', Object.fromEntries(pairs(job))),
    };
    const argv = [
      path,
      `--proc=${IMAGE_SYNCER_TASKS_AT_ONCE}`,
      `--auth=${files.auth}`,
      `--images=${files.images}`,
    ];
    return { argv, env: cleanEnvironment(job.home) };
  },
  'skopeo sync': skopeoSync,
  "Debian's skopeo sync": skopeoSync,
};

const TLS = '--src-tls-verify=false --dest-tls-verify=false';

function skopeoSync(path: string): Contender['prepare'] {
  return (job) =>
    eachRepository(job, SKOPEO_REPOSITORIES_AT_ONCE, (repository) => {
      // Without --scoped the last part of the name is kept.
      const target = `${job.targetHost}/${posix.dirname(repository)}`;
      const source = `${job.sourceHost}/${repository}`;
      return `exec ${path} --insecure-policy sync --all --src docker --dest docker ${TLS} ${source} ${target}`;
    });
}

const pairs = ({ sourceHost, targetHost, repositories }: SyncJob): [string, string][] =>
  repositories.map((repository) => [`${sourceHost}/${repository}`, `${targetHost}/${repository}`]);

/** Those that were found, of the wanted ones. */
export function peersAmong({ peers }: Programs, wanted: readonly PeerName[]): Contender[] {
  return wanted.flatMap((name) => {
    const program = peers[name];
    return program === undefined ? [] : [{ name, prepare: PREPARE[name](program.path) }];
  });
}

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, type TestRedis } from '@regfleet/harness';
import { pageOf } from '../named-tests.ts';
import type { FaultSite } from './site.ts';

// A skopeo whose worker was killed goes on to the end of its image.
const PROCESSES_END_WITHIN_MS = 60_000;

/** Upload sessions that the target has at the end, by what became of them. */
export interface LeftUploads {
  /** We asked to cancel them; distribution keeps what was cut in the middle of a body all the same. */
  readonly givenUp: number;
  /** The answer that names them was lost, so that nobody of us knew of them. */
  readonly unheardOf: number;
  /** What is neither. */
  readonly abandoned: number;
}

/** What must not be left once every process of ours has ended. */
export async function leftoversOf(site: FaultSite): Promise<string[]> {
  const [processes, keys, files] = await Promise.all([
    leftProcesses(site.mark),
    leftKeys(site.parts.redis.primary()),
    readdir(site.temporary),
  ]);
  return [...processes, ...keys, ...files.map((file) => `temporary file ${file}`)];
}

async function leftProcesses(mark: string): Promise<string[]> {
  const gone = eventually(async () => (await processesWith(mark)).length === 0, {
    deadlineMs: PROCESSES_END_WITHIN_MS,
    intervalMs: 250,
  });
  return gone.then(
    () => [],
    async () => (await processesWith(mark)).map((command) => `process ${command}`),
  );
}

/** Command lines of the processes whose environment has the mark. */
async function processesWith(mark: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = pids.map(async (pid) => {
    // Those of others cannot be read, and some are gone by then.
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (!environment.split('\0').includes(mark)) return [];
    return [
      `${pid} ${(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ')}`,
    ];
  });
  return (await Promise.all(found)).flat();
}

/** What an unfinished run or copy has, and nothing else. */
const OF_UNFINISHED_WORK =
  /^(?:run-jobs:|followers-|permits:|permit-line$|permit-waiter:|leader$|copy\..*:(?:wait|active|delayed|prioritized|paused|stalled)$|.*:lock$)/;

// Permits and lines expire on their own, seconds after whoever held them has ended.
const KEYS_EXPIRE_WITHIN_MS = 30_000;

/** Keys that no page tells of, or that stand for work that is not finished. */
async function leftKeys(redis: TestRedis): Promise<string[]> {
  const known = keyFamilies();
  const look = async (): Promise<string[]> => {
    const keys = (await redis.call('--scan')).split('\n').filter((key) => key !== '');
    const ours = keys.map((key) => key.replace(/^[^:]*:/, ''));
    const unfinished = ours
      .filter((key) => OF_UNFINISHED_WORK.test(key))
      .map((key) => `key ${key} of unfinished work`);
    const unknown = ours
      .filter((key) => !known.some((family) => family.test(key)))
      .map((key) => `key ${key} of no family`);
    return [...unfinished, ...unknown];
  };
  return eventually(async () => (await look()).length === 0, {
    deadlineMs: KEYS_EXPIRE_WITHIN_MS,
    intervalMs: 500,
  }).then(() => [], look);
}

/** What `docs/operations.md` says of the keys that Redis keeps. */
export function keyFamilies(): RegExp[] {
  const page = pageOf('operations.md');
  const [, table = ''] = /## What Redis keeps\n([\s\S]*?)\n## /.exec(page) ?? [];
  const cells = [...table.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = '']) => cell.split(', '));
  return cells.map((cell) => {
    const name = cell.replaceAll('`', '').replace(/[A-Z]{2,}/g, '*');
    return new RegExp(`^${name.split('*').map(RegExp.escape).join('.*')}$`);
  });
}

/** The sessions that lie in the target's folder, by what its proxy has seen of them. */
export async function leftUploads(
  { parts: { target, targetProxy } }: FaultSite,
  repositories: readonly string[],
): Promise<LeftUploads> {
  const { all } = targetProxy.requests;
  const count = { givenUp: 0, unheardOf: 0, abandoned: 0 };
  for (const repository of repositories) {
    const folder = join(target.dir, 'docker/registry/v2/repositories', repository, '_uploads');
    for (const session of await readdir(folder).catch(() => [])) {
      const about = all.filter(({ path }) => path.includes(session));
      if (about.some(({ method }) => method === 'DELETE')) count.givenUp += 1;
      else if (about.length === 0) count.unheardOf += 1;
      else count.abandoned += 1;
    }
  }
  return count;
}

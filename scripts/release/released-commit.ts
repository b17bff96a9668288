import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../check/run.ts';
import { runProgram } from '../image/programs.ts';
import { readRevision } from '../image/revision.ts';
import { isInstalled } from '../setup/npm-packages.mjs';

export interface ReleasedCommit {
  readonly commit: string;
  /** When it was made, or `SOURCE_DATE_EPOCH`, in seconds since 1970. */
  readonly epochSeconds: number;
}

/** What a release is made of. */
export interface Checkout {
  readonly version: string;
  /** The commit, with `-modified` where files differ from it. */
  readonly revision: string;
  /** Tags of that commit. */
  readonly tags: readonly string[];
  readonly changelog: string;
  /** Whether the packages are those of package-lock.json. */
  readonly isInstalled: boolean;
}

/** Why no release can be made of it; absent: nothing speaks against it. */
export function objection({ version, revision, tags, changelog, isInstalled }: Checkout): string | undefined {
  if (revision.endsWith('-modified')) return 'files differ from the commit: commit them or put them away';
  const versions = tags.filter((tag) => /^v\d/.test(tag));
  if (versions.length > 0 && !versions.includes(`v${version}`))
    return `the commit is tagged ${versions.join(' and ')}, and package.json says ${version}`;
  if (!changelog.split('\n').some((line) => line === `## ${version}` || line.startsWith(`## ${version} `)))
    return `CHANGELOG.md has no section "## ${version}"`;
  if (!isInstalled) return 'node_modules is not what package-lock.json says: run npm ci';
  return undefined;
}

/** The commit that is checked out. @throws {Error} where no release can be made of it. */
export async function releasedCommit(): Promise<ReleasedCommit> {
  const { name: commit, created } = await readRevision();
  const tags = await runProgram('git', ['-C', ROOT, 'tag', '--points-at', 'HEAD']);
  const { version } = JSON.parse(read('package.json')) as { version: string };
  const refusal = objection({
    version,
    revision: commit,
    tags: String(tags).trim().split('\n'),
    changelog: read('CHANGELOG.md'),
    isInstalled: isInstalled(packagesIn('package-lock.json'), packagesIn('node_modules/.package-lock.json')),
  });
  if (refusal !== undefined) throw new Error(`no release of ${commit}: ${refusal}`);
  return { commit, epochSeconds: Date.parse(created) / 1000 };
}

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const packagesIn = (file: string): Parameters<typeof isInstalled>[0] => JSON.parse(read(file)).packages;

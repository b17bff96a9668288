// Builds all that is published of the version in package.json, from the commit that is checked out.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './check/run.ts';
import { lockedDownloads } from './image/download.ts';
import { readLock } from './image/lock.ts';
import { buildRelease, SUMS } from './release/build-release.ts';
import { releasedCommit } from './release/released-commit.ts';

const USUAL = join(ROOT, 'dist/release');

try {
  const { values } = parseArgs({ options: { output: { type: 'string', default: USUAL } } });
  const { output } = values;
  const { commit, epochSeconds } = await releasedCommit();
  const lock = readLock();
  const downloads = lockedDownloads(lock);
  // Another folder may hold what is not ours.
  if (output === USUAL) rmSync(output, { recursive: true, force: true });
  const version = await buildRelease(output, { lock, downloads, epochSeconds, say: console.log });
  console.log(`regfleet ${version} of ${commit} is in ${output}:`);
  console.log(readFileSync(join(output, SUMS), 'utf8').trimEnd());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

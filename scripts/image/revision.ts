import { ROOT } from '../check/run.ts';
import { runProgram } from './programs.ts';

/** Of what the image is made. */
export interface Revision {
  /** The commit, with `-modified` where files differ from it. */
  readonly name: string;
  /** ISO 8601, to the second: `SOURCE_DATE_EPOCH`, or when the commit was made. */
  readonly created: string;
}

const git = async (...args: string[]): Promise<string> =>
  String(await runProgram('git', ['-C', ROOT, ...args])).trim();

/** @throws {Error} where this is no clone. */
export async function readRevision(env: NodeJS.ProcessEnv = process.env): Promise<Revision> {
  const isModified = (await git('status', '--porcelain')) !== '';
  const seconds = env.SOURCE_DATE_EPOCH ?? (await git('log', '-1', '--format=%ct'));
  return {
    name: `${await git('rev-parse', 'HEAD')}${isModified ? '-modified' : ''}`,
    created: new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z'),
  };
}

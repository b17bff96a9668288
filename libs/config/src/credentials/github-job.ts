import type { ParseContext } from '../sections/context.ts';
import type { Sourced } from '../yaml/sourced.ts';

const VARIABLES = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'];

/** Reports where this process is not told how to get an ID token, unless the file is to be used elsewhere. */
export function requireGithubJob(entry: Sourced<string>, { env, report, secrets }: ParseContext): void {
  const missing = VARIABLES.filter((name) => !env[name]);
  if (missing.length === 0 || secrets === 'elsewhere') return;
  report.error(entry.at, {
    rule: 'github-identity-unset',
    message: `no ID token of GitHub can be had here: ${missing.join(' and ')} not set`,
    hint: 'give the job "permissions: id-token: write"; hand both variables on to a container by -e',
  });
}

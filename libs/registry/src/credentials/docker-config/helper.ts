import { type Credentials, parseJson, Secret, SyncError } from '@regfleet/model';
import { z } from 'zod';
import { exhausted } from '../../http/exhausted.ts';
import type { Environment } from '../../http/proxy.ts';
import type { Question } from '../../http/question.ts';
import { type HelperRun, runHelper } from './helper-process.ts';

/** https://github.com/docker/docker-credential-helpers#development */
const answerSchema = z.object({ Username: z.string(), Secret: z.string().min(1) });

// docker-credential-helpers/credentials/error.go: every helper prints this one for an unknown server.
const NOT_FOUND = 'credentials not found in native keychain';

/**
 * What helpers say of failures in words that are the same for everybody, for messages. Nothing else that they print is
 * repeated: it may be the secret, or hold it.
 */
const KNOWN_WORDS: readonly string[] = [
  'no credentials server URL',
  'no credentials username',
  'pass not initialized',
  'pass store is uninitialized',
  'gpg: decryption failed',
  'Cannot autolaunch D-Bus without X11 $DISPLAY',
  'Failed to execute child process “dbus-launch”',
  'The name org.freedesktop.secrets was not provided by any .service files',
  'User interaction is not allowed',
  'The user name or passphrase you entered is not correct',
  'NoCredentialProviders',
  'no EC2 IMDS role found',
  'ExpiredToken',
  'AccessDenied',
];

/** Docker's marker for a secret that is an identity token. */
const TOKEN_USERNAME = '<token>';

export interface HelperCall {
  /** `ecr-login` for the program `docker-credential-ecr-login`. */
  readonly name: string;
  /** The file that names the helper, for messages. */
  readonly configFile: string;
  /** What the helper is asked for: a host, or Docker Hub's URL. */
  readonly server: string;
  readonly registry: string;
}

/**
 * Asks a docker credential helper; absent: it holds nothing for this server.
 *
 * @throws {SyncError} `CREDENTIALS_INVALID` when it is missing or answers rubbish, `CREDENTIAL_HELPER_FAILED` when it says
 * that it failed, `NETWORK_FAILED` when this machine lacks what it takes to start it. Its output is never quoted.
 */
export async function askHelper(
  call: HelperCall,
  context: { readonly env: Environment; readonly signal: AbortSignal },
): Promise<Credentials | undefined> {
  const run = await runOrThrow(call, context);
  if (run.exitCode === 0) return parseAnswer(call, run.stdout);
  const said = `${run.stdout}\n${run.stderr}`;
  if (said.includes(NOT_FOUND)) return undefined;
  const words = KNOWN_WORDS.find((known) => said.includes(known));
  throw new SyncError('CREDENTIAL_HELPER_FAILED', {
    message: `${describe(call)} failed with exit code ${run.exitCode ?? 'none'}${words === undefined ? '' : `: ${words}`}`,
    hint: `run it by hand to see what it says: echo ${call.server} | docker-credential-${call.name} get`,
    registry: call.registry,
  });
}

/** How long the helper is waited for, and what is said when it hangs. */
export const helperQuestion = (call: HelperCall, timeoutMs: number): Question => ({
  asked: describe(call),
  hint: 'a helper that waits for a person or a locked keychain cannot be used by a service',
  registry: call.registry,
  timeoutMs,
});

const describe = (call: HelperCall): string =>
  `credential helper docker-credential-${call.name} (named in ${call.configFile}) for ${call.registry}`;

async function runOrThrow(
  call: HelperCall,
  { env, signal }: Parameters<typeof askHelper>[1],
): Promise<HelperRun> {
  if (!/^[\w.-]+$/.test(call.name)) {
    throw invalid(call, 'has a name that is no program name', `correct the name in ${call.configFile}`);
  }
  try {
    return await runHelper(`docker-credential-${call.name}`, call.server, { env, signal });
  } catch (error) {
    signal.throwIfAborted();
    const lack = exhausted(error, `start the ${describe(call)}`);
    if (lack !== undefined) throw lack.located({ registry: call.registry });
    const code = error instanceof Error && 'code' in error ? error.code : error;
    const why = code === 'ENOENT' ? 'is not on PATH' : `cannot be started: ${code}`;
    throw invalid(call, why, `install it, or remove it from ${call.configFile}`);
  }
}

function parseAnswer(call: HelperCall, stdout: string): Credentials {
  const answer = answerSchema.safeParse(parseJson(stdout));
  if (!answer.success) {
    throw invalid(call, 'printed something else than credentials', 'check its version and its set-up');
  }
  const { Username: username, Secret: secret } = answer.data;
  if (username === TOKEN_USERNAME) return { username: '', secret: new Secret(secret), isIdentityToken: true };
  return { username, secret: new Secret(secret) };
}

const invalid = (call: HelperCall, why: string, hint: string): SyncError =>
  new SyncError('CREDENTIALS_INVALID', {
    message: `${describe(call)} ${why}`,
    hint,
    registry: call.registry,
  });

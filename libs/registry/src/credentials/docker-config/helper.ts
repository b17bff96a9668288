import { type Credentials, redact, Secret, SyncError } from '@regfleet/model';
import { z } from 'zod';
import type { Environment } from '../deps.ts';
import { type HelperRun, runHelper } from './helper-process.ts';

// Long enough for a helper that asks a cloud, short enough that a hanging one is noticed within a copy's first minute.
const TIMEOUT_MS = 30_000;

/** https://github.com/docker/docker-credential-helpers#development */
const answerSchema = z.object({ Username: z.string(), Secret: z.string().min(1) });

// docker-credential-helpers/credentials/error.go: every helper prints this one for an unknown server.
const NOT_FOUND = 'credentials not found in native keychain';

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
 * @throws {SyncError} `CREDENTIALS_INVALID` when it is missing or answers rubbish, `TIMED_OUT` when it hangs,
 * `CREDENTIAL_HELPER_FAILED` when it says so itself. Its output is quoted only where it reports a failure.
 */
export async function askHelper(
  call: HelperCall,
  context: {
    readonly env: Environment;
    readonly signal?: AbortSignal | undefined;
    readonly timeoutMs?: number;
  },
): Promise<Credentials | undefined> {
  const run = await runOrThrow(call, context);
  if (run.exitCode === 0) return parseAnswer(call, run.stdout);
  const said = `${run.stdout}\n${run.stderr}`;
  if (said.includes(NOT_FOUND)) return undefined;
  throw new SyncError('CREDENTIAL_HELPER_FAILED', {
    message: `${describe(call)} failed with exit code ${run.exitCode ?? 'none'}: ${firstLine(said)}`,
    hint: `run it by hand: echo ${call.server} | docker-credential-${call.name} get`,
    registry: call.registry,
  });
}

const describe = (call: HelperCall): string =>
  `credential helper docker-credential-${call.name} (named in ${call.configFile}) for ${call.registry}`;

async function runOrThrow(
  call: HelperCall,
  { env, signal, timeoutMs = TIMEOUT_MS }: Parameters<typeof askHelper>[1],
): Promise<HelperRun> {
  if (!/^[\w.-]+$/.test(call.name)) {
    throw invalid(call, 'has a name that is no program name', `correct the name in ${call.configFile}`);
  }
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  try {
    return await runHelper(`docker-credential-${call.name}`, call.server, { env, signal: either });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (timeout.aborted) {
      throw new SyncError('TIMED_OUT', {
        message: `${describe(call)} gave no answer within ${timeoutMs / 1000} s`,
        hint: 'a helper that waits for a person or a locked keychain cannot be used by a service',
        registry: call.registry,
      });
    }
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const invalid = (call: HelperCall, why: string, hint: string): SyncError =>
  new SyncError('CREDENTIALS_INVALID', {
    message: `${describe(call)} ${why}`,
    hint,
    registry: call.registry,
  });

function firstLine(text: string): string {
  const line = text.split('\n').find((candidate) => candidate.trim() !== '') ?? 'no output';
  return redact(line.trim().slice(0, 200));
}

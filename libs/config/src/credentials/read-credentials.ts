import { type AuthSettings, Secret } from '@regfleet/model';
import type { Section } from '../schema/field.ts';
import type { CREDENTIAL_FIELDS } from '../schema/location.ts';
import type { ParseContext } from '../sections/context.ts';
import { type Place, placeOf, type Sourced } from '../yaml/sourced.ts';
import { decodeAuth } from './decode-auth.ts';
import { expandEnvironment, literalOf } from './environment.ts';
import { requireGithubJob } from './github-job.ts';
import { warnOfOpenConfig } from './open-file.ts';
import { readPasswordFile } from './secret-file.ts';

type CredentialSection = Section<typeof CREDENTIAL_FIELDS>;
type CredentialKey = keyof typeof CREDENTIAL_FIELDS;

const KEYS: readonly CredentialKey[] = ['auth', 'username', 'password', 'password-file', 'github-audience'];

/** The credentials that a section gives; undefined when it says nothing, or nothing usable, which has been reported. */
export function readCredentials(section: CredentialSection, context: ParseContext): AuthSettings | undefined {
  const given = KEYS.filter((key) => (section.fields[key]?.value ?? '') !== '');
  const isBroken = KEYS.some((key) => section.broken.has(key));
  if (given.length === 0 || isBroken || isAmbiguous(section, given, context)) return undefined;
  if (section.fields.auth !== undefined && given.includes('auth'))
    return readAuth(section.fields.auth, context);
  return readUser(section, given, context);
}

function isAmbiguous(
  section: CredentialSection,
  given: readonly CredentialKey[],
  context: ParseContext,
): boolean {
  const [first, second] = given.includes('auth') ? given : given.filter((key) => key !== 'username');
  if (first === undefined || second === undefined) return false;
  context.report.error(placeOf(section, second), {
    rule: 'credentials-ambiguous',
    message: `${first} and ${second} both give credentials`,
    hint: 'keep one of them: auth, or username with password, password-file or github-audience',
  });
  return true;
}

function readAuth(entry: Sourced<string>, context: ParseContext): AuthSettings | undefined {
  const auth = expandEnvironment(entry, context);
  if (auth === undefined) return undefined;
  if (auth === 'none') return { kind: 'anonymous' };
  const decoded = decodeAuth(auth);
  if ('problem' in decoded) {
    context.report.error(entry.at, {
      rule: 'auth-invalid',
      message: decoded.problem,
      hint: decoded.hint,
    });
    return undefined;
  }
  const { username, password } = decoded;
  if (username === '' && password === '') return { kind: 'ambient' };
  warnOfLineEnd(password, entry.at, context);
  warnOfOpenConfig(entry, literalOf(entry.value), context);
  return { kind: 'basic', username, password: new Secret(password) };
}

function warnOfLineEnd(password: string, at: Place, { report }: ParseContext): void {
  if (!/[\r\n]$/.test(password)) return;
  report.warning(at, {
    rule: 'password-line-end',
    message: 'the password ends with a line end',
    hint: 'encode without one: printf or echo -n instead of echo',
  });
}

function readUser(
  section: CredentialSection,
  given: readonly CredentialKey[],
  context: ParseContext,
): AuthSettings | undefined {
  const {
    username,
    password,
    'password-file': passwordFile,
    'github-audience': githubAudience,
  } = section.fields;
  if (username === undefined || !given.includes('username')) {
    context.report.error(placeOf(section, given[0] ?? 'password'), {
      rule: 'credentials-username-missing',
      message: 'a password without username',
      hint: 'add username; registries with tokens only tell which name to use',
    });
    return undefined;
  }
  const name = expandEnvironment(username, context);
  if (passwordFile !== undefined && given.includes('password-file')) {
    const path = readPasswordFile(passwordFile, context);
    return name === undefined ? undefined : { kind: 'password-file', username: name, passwordFile: path };
  }
  if (githubAudience !== undefined && given.includes('github-audience')) {
    requireGithubJob(githubAudience, context);
    return name === undefined
      ? undefined
      : { kind: 'github', username: name, audience: githubAudience.value };
  }
  if (password === undefined || !given.includes('password')) {
    context.report.error(username.at, {
      rule: 'credentials-password-missing',
      message: 'a username without password',
      hint: `add password: \${NAME} to take it from the environment, or password-file, or github-audience`,
    });
    return undefined;
  }
  const text = expandEnvironment(password, context);
  warnOfOpenConfig(password, literalOf(password.value), context);
  if (name === undefined || text === undefined) return undefined;
  warnOfLineEnd(text, password.at, context);
  return { kind: 'basic', username: name, password: new Secret(text) };
}

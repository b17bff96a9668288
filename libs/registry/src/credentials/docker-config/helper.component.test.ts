import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, type TemporaryFolder, temporaryFolder } from '@regfleet/harness';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withinTime } from '../../http/question.ts';
import { askHelper, helperQuestion } from './helper.ts';

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await folder.stop();
});

/** Puts a helper `docker-credential-fake` on a PATH of its own and asks it. */
async function ask(script: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}) {
  const program = join(folder.path, 'docker-credential-fake');
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  return call('fake', options);
}

function call(name: string, { timeoutMs = 60_000, signal = new AbortController().signal } = {}) {
  const helper = {
    name,
    configFile: '/home/a/.docker/config.json',
    server: 'reg.example:5000',
    registry: 'reg.example:5000',
  };
  const env = { PATH: `${folder.path}:/usr/bin:/bin` };
  const ask = (bounded: AbortSignal) => askHelper(helper, { env, signal: bounded });
  return withinTime(helperQuestion(helper, timeoutMs), ask, signal);
}

const answer = (username: string, secret: string): string =>
  `printf '%s' '${JSON.stringify({ ServerURL: 'reg.example:5000', Username: username, Secret: secret })}'`;

describe('registry/credentials/docker-config/helper', () => {
  it('gives the host on stdin and reads the login', async () => {
    const script = `read -r host; printf '{"ServerURL":"x","Username":"%s %s","Secret":"s"}' "$1" "$host"`;
    const credentials = await ask(script);
    expect(credentials?.username).toBe('get reg.example:5000');
  });

  it.each(['pa%ss', 'a"b', 'back\\slash', 'with:colon', ' two words ', 'pässwörd-🔑'])(
    'keeps the secret %j as it is',
    async (secret) => {
      const credentials = await ask(answer('user', secret));
      expect(credentials?.secret.reveal()).toBe(secret);
    },
  );

  it('knows an identity token by its user name', async () => {
    expect(await ask(answer('<token>', 'refresh'))).toMatchObject({ isIdentityToken: true });
  });

  it('tells a login that is not held from a failure', async () => {
    expect(await ask('echo "credentials not found in native keychain"; exit 1')).toBeUndefined();
  });

  it('says that a helper is missing', async () => {
    await expect(call('absent')).rejects.toMatchObject({
      code: 'CREDENTIALS_INVALID',
      message: expect.stringContaining('docker-credential-absent'),
      hint: expect.stringContaining('/home/a/.docker/config.json'),
      registry: 'reg.example:5000',
    });
  });

  it('runs nothing whose name is a path', async () => {
    await expect(call('../../bin/true')).rejects.toMatchObject({ code: 'CREDENTIALS_INVALID' });
  });

  it.each([
    ['text', 'echo s3cret rubbish'],
    ['nothing', 'exit 0'],
    ['another object', `echo '{"token":"s3cret"}'`],
  ])('refuses %s as an answer without quoting it', async (_title, script) => {
    const failure = ask(script);
    await expect(failure).rejects.toMatchObject({ code: 'CREDENTIALS_INVALID' });
    await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining('s3cret') });
  });

  it('repeats the words of a failing helper that are the same for everybody', async () => {
    await expect(ask('echo "exit status 1: pass not initialized: s3cret" >&2; exit 3')).rejects.toMatchObject(
      {
        code: 'CREDENTIAL_HELPER_FAILED',
        kind: 'retryable',
        message: expect.stringMatching(/exit code 3: pass not initialized$/),
      },
    );
  });

  it.each([
    ['an answer', `${answer('user', 's3cr"et')}; exit 1`],
    ['a trace', 'echo "+ curl -u user:s3cret https://vault" >&2; exit 1'],
  ])('does not quote what a failing helper prints: %s', async (_title, script) => {
    const failure = ask(script);
    await expect(failure).rejects.toMatchObject({
      code: 'CREDENTIAL_HELPER_FAILED',
      message: expect.stringMatching(/failed with exit code 1$/),
      hint: expect.stringContaining('echo reg.example:5000 | docker-credential-fake get'),
    });
  });

  it('takes the answer of a helper that leaves an agent behind which holds its output', async () => {
    const agent = join(folder.path, 'agent');
    const credentials = await ask(`sleep 600 & echo $! > ${agent}\n${answer('user', 's3cret')}`);
    expect(credentials?.secret.reveal()).toBe('s3cret');
    process.kill(Number(await readFile(agent, 'utf8')), 'SIGKILL');
  });

  it('ends a helper whose answer has no end', async () => {
    const failure = ask('exec yes s3cret');
    await expect(failure).rejects.toMatchObject({ code: 'CREDENTIAL_HELPER_FAILED' });
    await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining('s3cret') });
  });

  it('gives up on a helper that hangs', async () => {
    await expect(ask('sleep 600', { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'TIMED_OUT',
      kind: 'retryable',
      message: expect.stringContaining('docker-credential-fake'),
    });
  });

  it('ends with the reason of an abort, and ends everything the helper started', async () => {
    const pidFile = join(folder.path, 'pid');
    const abort = new AbortController();
    const failure = ask(`sleep 600 & echo $! > ${pidFile}; wait`, { signal: abort.signal });
    const ended = expect(failure).rejects.toThrow('shutting down');
    await eventually(async () => (await readFile(pidFile, 'utf8')) !== '', { what: 'the helper to run' });
    abort.abort(new Error('shutting down'));
    await ended;
    await eventually(() => isGone(pidFile), { what: 'the end of what the helper started' });
  });
});

async function isGone(pidFile: string): Promise<boolean> {
  const pid = Number(await readFile(pidFile, 'utf8'));
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // A zombie has ended; who reaps it is not our affair.
  return stat === '' || / Z /.test(stat);
}

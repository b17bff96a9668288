import { chmod, mkdir, mkdtemp, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  eventually,
  pushImage,
  runCommand,
  startRegistry,
  type TemporaryFolder,
  type TestRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeExpiry } from '../expiry.contract.ts';
import { describeIdentityTokens } from '../identity-token.contract.ts';
import { openRelay } from '../index.ts';
import { describeReferrersOf } from '../referrers.contract.ts';
import { describeRelay } from '../relay.contract.ts';
import { RelayUnderTest } from '../relay.fixture.ts';
import { describeTagRulesOf } from '../tag-rules.contract.ts';

type CertificateFile = 'ca.crt' | 'client.cert' | 'client.key';

const PAIR: readonly CertificateFile[] = ['client.cert', 'client.key'];

const bare = (host: string): string => host.replace(/:\d+$/, '');

/** Where the files that a registry asks for may be, by the name of the folder. */
const CERTIFICATES: readonly {
  readonly named: string;
  foldersOf(host: string): Readonly<Record<string, readonly CertificateFile[]>>;
}[] = [
  { named: 'with its port', foldersOf: (host) => ({ [host]: ['ca.crt', ...PAIR] }) },
  { named: 'without its port', foldersOf: (host) => ({ [bare(host)]: ['ca.crt', ...PAIR] }) },
  { named: 'with and without it', foldersOf: (host) => ({ [host]: ['ca.crt'], [bare(host)]: PAIR }) },
];

const openSkopeo = (binary: string) =>
  openRelay('skopeo', { skopeo: { binary, certsDir: '/nonexistent' } }, { logger: silentLogger });

describeRelay('skopeo', () => openSkopeo('skopeo'));
describeReferrersOf('skopeo', () => openSkopeo('skopeo'));
describeTagRulesOf('skopeo', () => openSkopeo('skopeo'));
describeExpiry('skopeo', () => openSkopeo('skopeo'));
describeIdentityTokens('skopeo', () => openSkopeo('skopeo'));

describe('relay/skopeo/process', () => {
  let source: TestRegistry;
  let target: TestRegistry;
  let folder: TemporaryFolder;

  beforeAll(async () => {
    source = await startRegistry();
    target = await startRegistry({ htpasswd: { username: 'user', password: 'very secret' } });
    await pushImage(source, 'app', 'v1', { layers: ['a'] });
  });

  afterAll(async () => {
    await Promise.all([source?.stop(), target?.stop()]);
  });

  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  afterEach(() => folder.stop());

  /** A program that does `script` in place of `skopeo copy`; `$OUT` is the test's folder. */
  async function standIn(script: string): Promise<RelayUnderTest> {
    const path = join(folder.path, 'skopeo');
    const version = 'if [ "$1" = --version ]; then echo skopeo version 0; exit 0; fi';
    await writeFile(path, `#!/bin/sh\nOUT=${folder.path}\n${version}\n${script}\n`);
    await chmod(path, 0o755);
    return new RelayUnderTest(await openSkopeo(path));
  }

  const read = async (name: string): Promise<string> =>
    (await readFile(join(folder.path, name), 'utf8')).trim();

  it('keeps credentials off the command line, in a private file that is gone afterwards', async () => {
    await using relay = await standIn(`
      echo "$@" > $OUT/arguments
      for argument; do case $argument in --dest-authfile=*) file=\${argument#*=};; esac; done
      stat -c '%a %n' $file $(dirname $file) > $OUT/modes
      exec skopeo "$@"`);
    await relay.copy([source, 'app:v1'], [target, 'private:v1']);
    expect(await read('arguments')).not.toMatch(/secret|creds|src-authfile/);
    const [file = '', directory = ''] = (await read('modes')).split('\n');
    expect([file.split(' ')[0], directory.split(' ')[0]]).toEqual(['600', '700']);
    await expect(readFile(file.split(' ')[1] ?? '')).rejects.toThrow('ENOENT');
  });

  it('removes the private folder when the copy fails', async () => {
    await using relay = await standIn(`
      for argument; do case $argument in --digestfile=*) dirname \${argument#*=} > $OUT/folder;; esac; done
      exit 1`);
    const error = await relay.fail([source, 'app:v1'], [target, 'failed:v1']);
    expect(error).toMatchObject({
      code: 'RELAY_FAILED',
      message: 'skopeo ended with status 1 and said nothing',
    });
    await expect(readFile(await read('folder'))).rejects.toThrow('ENOENT');
  });

  it.each(CERTIFICATES)('finds the certificates of a registry in folders $named', async ({ foldersOf }) => {
    await using mutual = await startRegistry({ clientCertificate: true });
    const { ca = '', cert = '', key = '' } = mutual.tls ?? {};
    const texts = { 'ca.crt': ca, 'client.cert': cert, 'client.key': key };
    const certsDir = join(folder.path, 'certs.d');
    for (const [name, files] of Object.entries(foldersOf(mutual.host))) {
      await mkdir(join(certsDir, name), { recursive: true });
      for (const file of files) await writeFile(join(certsDir, name, file), texts[file]);
    }
    await using relay = new RelayUnderTest(await openSkopeo('skopeo'));
    const tls = { skipVerify: false, certsDir };
    await relay.copy([source, 'app:v1'], [mutual, 'trusted:v1'], { target: { tls } });
  });

  it('removes what a killed process left, and nothing of one that lives', async () => {
    const dead = await runCommand(['sh', '-c', 'echo $$']);
    const folderOf = (pid: number): Promise<string> =>
      mkdtemp(join(tmpdir(), `regfleet-skopeo-${hostname()}-${pid}-`));
    const abandoned = await folderOf(Number(dead.stdout));
    const living = await folderOf(process.ppid);
    const own = await folderOf(process.pid);
    await openSkopeo('skopeo');
    await expect(stat(abandoned)).rejects.toThrow('ENOENT');
    await Promise.all([living, own].map((path) => rmdir(path)));
  });

  it('says at once that nothing can be written where temporary files go', async () => {
    vi.stubEnv('TMPDIR', join(folder.path, 'nowhere'));
    try {
      await expect(openSkopeo('skopeo')).rejects.toMatchObject({
        code: 'RELAY_UNAVAILABLE',
        message: expect.stringContaining('nowhere'),
        hint: expect.stringContaining('TMPDIR'),
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('ends the whole process group on abort, also one that does not listen', async () => {
    await using relay = await standIn(`
      trap '' TERM
      sleep 1000 & echo $! > $OUT/grandchild
      echo $$ > $OUT/child
      while :; do wait; done`);
    const abort = new AbortController();
    const copy = relay.copy([source, 'app:v1'], [target, 'stuck:v1'], { signal: abort.signal });
    const failure = expect(copy).rejects.toThrow('enough');
    await eventually(() => read('child'));
    abort.abort(new Error('enough'));
    await failure;
    for (const name of ['child', 'grandchild']) {
      const pid = Number(await read(name));
      await eventually(async () => !(await isAlive(pid)), { what: `the end of the ${name}` });
    }
  });

  it('waits for nobody who is left behind with the output, and ends him', async () => {
    await using relay = await standIn(`
      sleep 1000 & echo $! > $OUT/leftover
      echo the reason >&2
      exit 7`);
    const error = await relay.fail([source, 'app:v1'], [target, 'left:v1']);
    expect(error).toMatchObject({ code: 'RELAY_FAILED', message: expect.stringContaining('the reason') });
    const pid = Number(await read('leftover'));
    await eventually(async () => !(await isAlive(pid)), { what: 'the end of the one left behind' });
  });

  it('waits after an abort for nobody who has left the process group', async () => {
    await using relay = await standIn(`
      setsid sh -c "echo \\$\\$ > $OUT/escaped; exec sleep 1000" &
      sleep 1000`);
    const abort = new AbortController();
    const copy = relay.copy([source, 'app:v1'], [target, 'escaped:v1'], { signal: abort.signal });
    const failure = expect(copy).rejects.toThrow('enough');
    const escaped = await eventually(async () => Number(await read('escaped')) || undefined);
    try {
      abort.abort(new Error('enough'));
      await failure;
    } finally {
      process.kill(escaped, 'SIGKILL');
    }
  });

  it('fails when skopeo reports no digest', async () => {
    await using relay = await standIn('exit 0');
    const error = await relay.fail([source, 'app:v1'], [target, 'silent:v1']);
    expect(error.code).toBe('RELAY_FAILED');
  });

  it('says what to install when there is no skopeo', async () => {
    await expect(openSkopeo('/nonexistent/skopeo')).rejects.toMatchObject({
      code: 'RELAY_UNAVAILABLE',
      hint: expect.stringContaining('apt-get install skopeo'),
    });
  });
});

/** False for a process that has ended, also before its parent has taken note. */
async function isAlive(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return !state.includes(') Z');
}

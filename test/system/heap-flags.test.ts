import { readFileSync, readlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, startProcess, type TemporaryFolder, temporaryFolder } from '@regfleet/harness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../../apps/cli/bin/regfleet.mjs', import.meta.url));
const FLAGS = ['--max-semi-space-size=4', '--heap-growing-percent=20'];
// A command that gets as far as its config ends there.
const NO_CONFIG = '/nonexistent/config.yaml';

const preload = (script: string): string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(script)}`,
];
const TELL_START = 'console.log(JSON.stringify({ pid: process.pid, flags: process.execArgv.slice(0, -2) }));';

interface Start {
  readonly pid: number;
  /** Options of Node before those of the test. */
  readonly flags: readonly string[];
}

/** Every start of `node regfleet.mjs WORDS`, which ends by itself. */
async function startsOf(
  words: readonly string[],
  { script = '', env = {} }: { script?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<{ starts: Start[]; code: number | null; stderr: string }> {
  const argv = [process.execPath, ...preload(script + TELL_START), LAUNCHER, ...words];
  const { stdout, stderr, code } = await runCommand(argv, { env });
  const told = stdout.split('\n').filter((line) => line.startsWith('{"pid"'));
  return { starts: told.map((line) => JSON.parse(line) as Start), code, stderr };
}

const processFile = (pid: number, name: string): string[] =>
  readFileSync(`/proc/${pid}/${name}`, 'utf8').split('\0').slice(0, -1);

describe('system/heap-flags', () => {
  let folder: TemporaryFolder;

  beforeAll(async () => {
    folder = await temporaryFolder();
  });

  afterAll(async () => {
    await folder?.stop();
  });

  it.each([
    [['worker', '-c', NO_CONFIG]],
    [['-c', NO_CONFIG, 'scheduler']],
    [['up', `--config=${NO_CONFIG}`]],
    [['sync', '-c', NO_CONFIG]],
    [['sync', `-config=${NO_CONFIG}`, '-run', '--once']],
  ])('starts "%j" once more, as the same process with the flags of V8', async (words) => {
    const { starts, stderr } = await startsOf(words);
    expect(starts.map(({ flags }) => flags)).toEqual([[], FLAGS]);
    expect(starts[1]?.pid).toBe(starts[0]?.pid);
    expect(stderr).not.toMatch(/warning/i);
  });

  it.each([
    [['validate', '-c', NO_CONFIG]],
    [['sync', '--once', '-c', NO_CONFIG]],
    [['worker', '--help']],
    [['worker', '--no-such-flag']],
    [['plan', 'sync', '-c', NO_CONFIG]],
  ])('lets "%j", which soon ends, run as it was started', async (words) => {
    const { starts } = await startsOf(words);
    expect(starts.map(({ flags }) => flags)).toEqual([[]]);
  });

  it('keeps what the operator has set, in NODE_OPTIONS too', async () => {
    const env = { NODE_OPTIONS: '--max-semi-space-size=8' };
    const { starts } = await startsOf(['worker', '-c', NO_CONFIG], { env });
    expect(starts.map(({ flags }) => flags)).toEqual([[], ['--heap-growing-percent=20']]);
  });

  it.each([
    ['there is no way to do so', 'delete process.execve;'],
    ['it is refused', 'process.execve = () => { throw new Error("refused by the test"); };'],
    ['the binary of Node is gone', 'process.execPath = "/nonexistent/node";'],
    ['a parent listens that is Node as well', 'process.connected = true;'],
  ])('runs without the flags where %s', async (_title, script) => {
    const { starts, code, stderr } = await startsOf(['worker', '-c', NO_CONFIG], { script });
    expect(starts.map(({ flags }) => flags)).toEqual([[]]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^regfleet: CONFIG_UNREADABLE.*\n/);
  });

  it.each([
    ['the config', { REGFLEET_CONFIG: '/dev/fd/3' }],
    ['a login of a cloud', { GOOGLE_APPLICATION_CREDENTIALS: '/proc/self/fd/63' }],
  ])('runs without the flags where a variable names %s as an open file', async (_title, env) => {
    const { starts } = await startsOf(['worker'], { env });
    expect(starts.map(({ flags }) => flags)).toEqual([[]]);
  });

  it('reads a config that was handed over as an open file', async () => {
    const file = join(folder.path, 'empty.yaml');
    await writeFile(file, 'relay: direct\ntasks: []\n');
    const command = [process.execPath, LAUNCHER, 'sync', '-c', '/dev/fd/3'];
    const { code, stderr } = await runCommand(['sh', '-c', 'exec "$@" 3<"$0"', file, ...command]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('keeps arguments, environment, folder and id of a worker, which then stops as ever', async () => {
    const file = join(folder.path, 'fleet.yaml');
    await writeFile(file, 'relay: direct\nredis: { url: "redis://127.0.0.1:1" }\ntasks: []\n');
    const words = [LAUNCHER, 'worker', '--host', '127.0.0.1', '--port', '0', '-c', 'fleet.yaml'];
    const env = { NODE_OPTIONS: '--no-deprecation', ODD: ' a=b "ü"\n' };
    await using worker = await startProcess([process.execPath, '--inspect=127.0.0.1:0', ...words], {
      env,
      cwd: folder.path,
    });
    await worker.waitForLine(/health and metrics are served/, 30_000);
    const { pid } = worker;
    expect(processFile(pid, 'cmdline').slice(1)).toEqual([...FLAGS, '--inspect=127.0.0.1:0', ...words]);
    expect(processFile(pid, 'environ')).toEqual(
      expect.arrayContaining(Object.entries(env).map((variable) => variable.join('='))),
    );
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe(folder.path);
    worker.kill();
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    expect(worker.stderr()).not.toMatch(/ExperimentalWarning/);
  });
});

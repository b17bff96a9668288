import { describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { isRunning } from './is-running.ts';
import { runCommand } from './run-command.ts';
import { startProcess } from './start-process.ts';

const node = (code: string): string[] => [process.execPath, '--input-type=module', '-e', code];
const HARNESS = new URL('../index.ts', import.meta.url).href;

describe('harness/processes/run-command', () => {
  it('gives exit code and output', async () => {
    const result = await runCommand(['sh', '-c', 'cat; echo oops >&2; exit 3'], { input: 'grüße' });
    expect(result).toEqual({ code: 3, stdout: 'grüße', stderr: 'oops\n' });
  });

  it('lays variables over the environment, and takes them away', async () => {
    const env = { WANTED: 'yes', HOME: undefined };
    const { stdout } = await runCommand(['sh', '-c', 'echo "$WANTED,$HOME"'], { env });
    expect(stdout).toBe('yes,\n');
  });

  it('kills the command and its children when the time is up, and shows the output', async () => {
    const running = runCommand(['sh', '-c', 'echo started; sleep 600 & wait'], { timeoutMs: 300 });
    await expect(running).rejects.toThrow(/not done within 300 ms[\s\S]*started/);
  });

  it('ends with the reason of the signal', async () => {
    const controller = new AbortController();
    const running = runCommand(['sleep', '600'], { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });

  it('names the Debian package of a missing program', async () => {
    const missing = runCommand(['skopeo', '--version'], { env: { PATH: '/nowhere' } });
    await expect(missing).rejects.toThrow("skopeo was not found on PATH; install Debian's skopeo package");
  });
});

describe('harness/processes/start-process', () => {
  it('waits for a line that comes and for one that came', async () => {
    await using running = await startProcess(['sh', '-c', 'echo first; echo second >&2; exec sleep 600']);
    expect(await running.waitForLine(/^sec/)).toBe('second');
    expect(await running.waitForLine(/^fir/)).toBe('first');
  });

  it('shows the output when the process ends before the line', async () => {
    await using running = await startProcess(['sh', '-c', 'echo last words; exit 4']);
    await expect(running.waitForLine(/never/)).rejects.toThrow(/ended with 4[\s\S]*last words/);
  });

  it('stops once, whoever asks, and takes the children along', async () => {
    const running = await startProcess(['sh', '-c', 'sleep 600 & echo child $!; wait']);
    const child = Number((await running.waitForLine(/^child/)).split(' ')[1]);
    await Promise.all([running.stop(), running.stop()]);
    expect(await running.exited).toEqual({ code: null, signal: 'SIGTERM' });
    await eventually(async () => !(await isRunning(child)), { what: 'the end of the child' });
  });
});

describe('harness/processes/child', () => {
  it('leaves nothing running when the test process is killed', async () => {
    await using folder = await temporaryFolder();
    const code = `
      import { startRedis, startRegistry, startProcess } from ${JSON.stringify(HARNESS)};
      const all = await Promise.all([startRedis(), startRegistry(), startProcess(['sleep', '600'])]);
      console.log('pids', ...all.map((one) => one.pid));`;
    await using parent = await startProcess(node(code), { env: { TMPDIR: folder.path } });
    const [, ...pids] = (await parent.waitForLine(/^pids/)).split(' ').map(Number);
    expect(await Promise.all(pids.map(isRunning))).toEqual([true, true, true]);
    parent.kill('SIGKILL');
    await eventually(async () => !(await Promise.all(pids.map(isRunning))).includes(true), {
      what: `the end of processes ${pids}`,
    });
  });
});

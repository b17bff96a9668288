import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, temporaryFolder } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { runMeasured } from './measured-process.ts';

const BUSY = `const end = process.cpuUsage().user + 100_000; while (process.cpuUsage().user < end);`;
const signal = new AbortController().signal;

describe('bench/process/measured-process', () => {
  it('counts the processor time of descendants that are gone', async () => {
    const argv = ['sh', '-c', '"$0" -e "$1"; "$0" -e "$1"', process.execPath, BUSY];
    const { cpuMs, durationMs } = await runMeasured({ argv, env: {} }, signal);
    expect(cpuMs).toBeGreaterThanOrEqual(200);
    expect(durationMs).toBeGreaterThan(0);
  });

  it('fails with what a command that fails has printed', async () => {
    const command = { argv: ['sh', '-c', 'echo why; exit 3'], env: {} };
    await expect(runMeasured(command, signal)).rejects.toThrow(/ended with 3\nwhy/);
  });

  it('ends a command when told to', async () => {
    await using folder = await temporaryFolder();
    const started = join(folder.path, 'started');
    const stop = new AbortController();
    const argv = ['sh', '-c', 'touch "$0"; exec sleep 600', started];
    const running = runMeasured({ argv, env: {} }, stop.signal);
    await eventually(() => existsSync(started), { what: 'the command to run' });
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });
});

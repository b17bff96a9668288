import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningProcess, runToSuccess, startProcess, temporaryFolder } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';

const RUNTIME = fileURLToPath(new URL('../index.ts', import.meta.url));

/** A process that reads a file from which nothing ever comes, as from a server that is gone. */
async function processThatHangs(folder: string, body: string): Promise<RunningProcess> {
  const file = join(folder, 'fifo');
  await runToSuccess(['mkfifo', file]);
  const source = `
    import { readFile } from 'node:fs';
    import { endSoon, interruptSignal } from ${JSON.stringify(RUNTIME)};
    const signal = interruptSignal();
    readFile(${JSON.stringify(file)}, () => {});
    ${body}
    console.log('started');`;
  const process = await startProcess([globalThis.process.execPath, '--input-type=module', '-e', source]);
  await process.waitForLine(/^started$/);
  return process;
}

describe('runtime/shutdown/end-process, with a call into the system that does not return', () => {
  it('ends at once on a second signal', async () => {
    await using folder = await temporaryFolder();
    await using hanging = await processThatHangs(
      folder.path,
      `signal.addEventListener('abort', () => setTimeout(() => console.log('later'), 600));`,
    );
    hanging.kill();
    await hanging.waitForLine(/^later$/);
    hanging.kill();
    expect(await hanging.exited).toEqual({ code: 143, signal: null });
  });

  it('ends with the code that a listener for its end has set', async () => {
    await using folder = await temporaryFolder();
    await using hanging = await processThatHangs(
      folder.path,
      `process.once('exit', () => { process.exitCode ||= 1; });
       endSoon();`,
    );
    expect(await hanging.exited).toEqual({ code: 1, signal: null });
  });

  it('ends soon when its work is done, with its exit code and all that it said', async () => {
    await using folder = await temporaryFolder();
    await using hanging = await processThatHangs(
      folder.path,
      `process.exitCode = 75;
       process.once('exit', () => console.log('cleaned up'));
       endSoon();`,
    );
    expect(await hanging.exited).toEqual({ code: 75, signal: null });
    expect(hanging.stdout()).toContain('cleaned up');
  });
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  eventually,
  type RunningProcess,
  startInTerminal,
  startProcess,
  temporaryFolder,
} from '@regfleet/harness';
import { afterEach, describe, expect, it } from 'vitest';

const RUNTIME = fileURLToPath(new URL('../index.ts', import.meta.url));

const started: RunningProcess[] = [];

afterEach(async () => {
  for (const process of started.splice(0)) await process.stop();
});

/** A process that has `shutdown` of `onShutdown` and lives until `body` lets it end. */
async function serviceThat(body: string, graceMs = 60_000): Promise<RunningProcess> {
  const source = `
    import { createLogger, interruptionOf, interruptSignal, onShutdown } from ${JSON.stringify(RUNTIME)};
    const logger = createLogger({ service: 'test', env: process.env });
    const shutdown = onShutdown({ logger, graceMs: ${graceMs} });
    const staysAlive = setInterval(() => {}, 1000);
    const end = (word) => { console.log(word); clearInterval(staysAlive); };
    ${body}
    console.log('started');`;
  const process = await startProcess([globalThis.process.execPath, '--input-type=module', '-e', source]);
  started.push(process);
  await process.waitForLine(/^started$/);
  return process;
}

describe('runtime/shutdown/shutdown', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s starts an orderly stop', async (signal) => {
    const service = await serviceThat(
      `shutdown.requested.then(() => end('stopped ' + shutdown.stopping.aborted));`,
    );
    service.kill(signal);
    await service.waitForLine(/^stopped true$/);
    expect(await service.exited).toEqual({ code: 0, signal: null });
  });

  it('asks to hand back when the grace period is over', async () => {
    const service = await serviceThat(
      `shutdown.requested.then(() => console.log('handing back', shutdown.handBack.aborted));
       shutdown.handBack.addEventListener('abort', () => end('handed back'));`,
      1,
    );
    service.kill();
    await service.waitForLine(/^handing back false$/);
    await service.waitForLine(/^handed back$/);
    expect(await service.exited).toEqual({ code: 0, signal: null });
  });

  it('takes signals that arrive together, as npm sends them, for one', async () => {
    const service = await serviceThat(`shutdown.requested.then(() => setTimeout(() => end('stopped'), 50));`);
    service.kill('SIGINT');
    service.kill('SIGTERM');
    expect(await service.exited).toEqual({ code: 0, signal: null });
  });

  it('ends at once on a second signal', async () => {
    const service = await serviceThat(
      `shutdown.requested.then(() => setTimeout(() => console.log('later'), 600));`,
    );
    service.kill();
    await service.waitForLine(/^later$/);
    service.kill();
    expect(await service.exited).toEqual({ code: 143, signal: null });
  });

  it('calls reload listeners on SIGHUP and goes on', async () => {
    const service = await serviceThat(
      `shutdown.onReload(() => console.log('reloaded'));
       shutdown.requested.then(() => end('stopped'));`,
    );
    service.kill('SIGHUP');
    await service.waitForLine(/^reloaded$/);
    service.kill();
    expect(await service.exited).toEqual({ code: 0, signal: null });
  });

  it('calls a listener that comes after SIGHUP at once, and once', async () => {
    const service = await serviceThat(
      `process.once('SIGHUP', () => setImmediate(() => {
         for (const word of ['reloaded', 'not asked']) shutdown.onReload(() => console.log(word));
         end('listens');
       }));`,
    );
    service.kill('SIGHUP');
    await service.exited;
    expect(service.stdout()).toMatch(/^reloaded$/m);
    expect(service.stdout()).not.toContain('not asked');
  });

  it('stops, orderly and once, when its terminal is closed', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'told');
    const source = `
      import { appendFileSync } from 'node:fs';
      import { createLogger, onShutdown } from ${JSON.stringify(RUNTIME)};
      const tell = (word) => appendFileSync(${JSON.stringify(file)}, word + ' ');
      const logger = createLogger({ service: 'test', env: process.env });
      const shutdown = onShutdown({ logger, graceMs: 60_000 });
      shutdown.onReload(() => tell('reloaded'));
      const staysAlive = setInterval(() => logger.info({}, 'alive'), 10);
      shutdown.requested.then(() => {
        tell('stopping');
        process.kill(process.pid, 'SIGHUP');
        setTimeout(() => { clearInterval(staysAlive); tell('stopped'); }, 700);
      });
      logger.info({}, 'started');`;
    const argv = [process.execPath, '--input-type=module', '-e', source];
    const service = await startInTerminal(argv, { columns: 80 });
    started.push(service);
    await service.waitForLine(/started/);
    process.kill(service.programPid, 'SIGHUP');
    const told = async (): Promise<string> => (await readFile(file, 'utf8').catch(() => '')).trim();
    await eventually(async () => (await told()) === 'reloaded');
    await service.close();
    await eventually(async () => (await told()) === 'reloaded stopping stopped');
  });

  it.each([
    [
      'an exception that nobody catches',
      `setTimeout(() => { throw new Error('odd') }, 10);`,
      /uncaught exception/,
    ],
    [
      'a rejection that nobody handles',
      `setTimeout(() => Promise.reject(new Error('odd')), 10);`,
      /unhandled rejection/,
    ],
  ])('logs %s and exits with 70', async (_what, body, line) => {
    const service = await serviceThat(body);
    expect(await service.waitForLine(line)).toContain('odd');
    expect(await service.exited).toEqual({ code: 70, signal: null });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'lets a command end by itself when %s interrupts it, and says the code for it',
    async (signal, code) => {
      const service = await serviceThat(
        `const signal = interruptSignal();
       signal.addEventListener('abort', () => {
         const wrapped = new Error('outer', { cause: new Error('inner', { cause: signal.reason }) });
         end('interrupted ' + interruptionOf(wrapped).exitCode + ' ' + interruptionOf(new Error('other')));
       });`,
      );
      service.kill(signal);
      await service.waitForLine(new RegExp(`^interrupted ${code} undefined$`));
      expect(await service.exited).toEqual({ code: 0, signal: null });
    },
  );

  it('lets a command end by itself when its terminal hangs up, and not when somebody else takes that for another wish', async () => {
    const source = `
      import { interruptionOf, interruptSignal, onHangUp } from ${JSON.stringify(RUNTIME)};
      const staysAlive = setInterval(() => {}, 1000);
      const ignore = onHangUp(() => { console.log('reloaded'); ignore(); });
      interruptSignal().addEventListener('abort', ({ target }) => {
        console.log('interrupted ' + interruptionOf(target.reason).exitCode);
        clearInterval(staysAlive);
      });
      console.log('started');`;
    const command = await startProcess([process.execPath, '--input-type=module', '-e', source]);
    started.push(command);
    await command.waitForLine(/^started$/);
    command.kill('SIGHUP');
    await command.waitForLine(/^reloaded$/);
    command.kill('SIGHUP');
    await command.waitForLine(/^interrupted 129$/);
    expect(await command.exited).toEqual({ code: 0, signal: null });
  });
});

import { RunTally } from '@regfleet/fleet';
import { type CopyRequest, type Logger, parseDigest, parseReference, SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { syncLog } from './log-display.ts';

type Line = readonly [level: string, message: string, fields: object];

/** A logger that keeps what is written to it. */
function recorder(): { logger: Logger; lines: Line[] } {
  const lines: Line[] = [];
  const write =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push([level, message, fields]);
  const logger: Logger = {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  };
  return { logger, lines };
}

const REQUEST: CopyRequest = {
  task: 'app',
  source: parseReference('hub.test/app:1'),
  target: parseReference('mirror.test/app:1'),
  relay: 'direct',
};
const IMAGE = { task: 'app', source: 'hub.test/app:1', target: 'mirror.test/app:1' };
const error = new SyncError('SERVER_FAILED', { message: 'a failure of the test' });
const RESULT = { outcome: 'copied', targetDigest: parseDigest(`sha256:${'0'.repeat(64)}`) } as const;

describe('cli/sync/log-display', () => {
  it('tells what failed as errors, waits as warnings, and the rest as information', () => {
    const { logger, lines } = recorder();
    const display = syncLog(logger);
    display.onImage(REQUEST, { result: RESULT });
    display.onImage(REQUEST, { error });
    display.onFailure('app', error);
    display.onRetry('listing hub.test/app', error, 2_000);
    display.onPause('hub.test', error, 60_000);
    display.onIdle({ task: 'app', atMs: 30_000 });
    expect(lines).toEqual([
      ['info', 'image done', { ...IMAGE, ...RESULT }],
      ['error', 'image failed', { ...IMAGE, error }],
      ['error', 'planning failed', { task: 'app', error }],
      ['warn', 'will be tried again', { what: 'listing hub.test/app', error, delayMs: 2_000 }],
      ['warn', 'registry is left alone', { registry: 'hub.test', error, delayMs: 60_000 }],
      ['info', 'next run', { task: 'app', at: '1970-01-01T00:00:30.000Z' }],
    ]);
  });

  it('tells every pass that ended, a failed one as an error', () => {
    const { logger, lines } = recorder();
    const display = syncLog(logger);
    for (const failures of [0, 1]) {
      const tally = new RunTally({ id: 'app', task: 'app', trigger: 'start' });
      if (failures > 0) tally.fail(error);
      tally.finish();
      display.onEnd(tally.record);
    }
    expect(lines).toMatchObject([
      ['info', 'run ended', { task: 'app', outcome: 'succeeded' }],
      ['error', 'run failed', { task: 'app', outcome: 'failed' }],
    ]);
  });
});

import type { RunRecord } from '@regfleet/fleet';
import { type CopyRequest, parseDigest, parseReference, SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { runRecord } from '../output/run-record.fixture.ts';
import { keptTerminal } from '../terminal.fixture.ts';
import { logAbove, syncDisplay } from './display.ts';

const MIB = 1024 * 1024;

const DIGEST = parseDigest(`sha256:${'0'.repeat(64)}`);
const ERASE = '\r\u001b[2K';

const request = (tag: string): CopyRequest => ({
  task: 'app',
  source: parseReference(`hub.test/app:${tag}`),
  target: parseReference(`mirror.test/app:${tag}`),
  relay: 'direct',
});

const run = (counts: Partial<RunRecord['counts']>, rest: Partial<RunRecord> = {}): RunRecord =>
  runRecord({ id: 'app', task: 'app', ...rest, counts });

const failure = (): SyncError => new SyncError('SERVER_FAILED', { message: 'hub.test answered 503' });

/** A display on a terminal whose output and clock the test has in hand. */
function shown(options: { isInteractive?: boolean; columns?: number; isQuiet?: boolean } = {}) {
  const clock = { nowMs: 1_000_000 };
  const written: string[] = [];
  const { terminal } = keptTerminal({
    err: (text) => void written.push(`${text}\n`),
    write: (text) => void written.push(text),
    errorStream: { write: (text) => void written.push(text) },
    isInteractive: true,
    columns: 200,
    ...options,
  });
  const display = syncDisplay(terminal, () => clock.nowMs);
  const pass = (ms: number): void => {
    clock.nowMs += ms;
  };
  return { display, written, pass, log: logAbove(terminal, display) };
}

describe('cli/sync/display', () => {
  it('tells of failures and waits alone where it is to be quiet', () => {
    const { display, written } = shown({ isQuiet: true });
    display.onChange(run({ enqueued: 2 }));
    display.onImage(request('1'), { error: failure() });
    display.onRetry('hub.test/app:2', failure(), 1_000);
    display.onEnd(run({ enqueued: 2 }, { outcome: 'succeeded' }));
    display.onEnd(run({ enqueued: 2, failed: 1 }, { outcome: 'failed' }));
    display.onIdle({ task: 'app', atMs: 2_000_000 });
    expect(written).toEqual([
      expect.stringContaining('SERVER_FAILED'),
      expect.stringMatching(/^hub\.test\/app:2: SERVER_FAILED, again in 1s/),
      expect.stringMatching(/^app: failed/),
    ]);
  });

  it('redraws one line with images, bytes, rates and the time left', () => {
    const { display, written, pass } = shown();
    display.onChange(run({ enqueued: 4 }));
    const [first, second] = [request('1'), request('2')];
    display.onBytes(first, { bytesDone: 8 * MIB, bytesTotal: 8 * MIB, bytesCopied: 8 * MIB });
    display.onImage(first, { result: { outcome: 'copied', targetDigest: DIGEST, bytesCopied: 8 * MIB } });
    pass(10_000);
    display.onChange(run({ enqueued: 4, copied: 1 }));
    pass(1_000);
    display.onBytes(second, { bytesDone: 5 * MIB, bytesTotal: 10 * MIB, bytesCopied: 3 * MIB });
    expect(written).toEqual([
      `${ERASE}0/4 images`,
      `${ERASE}1/4 images, 0.1/s, 8.0 MiB, 819 KiB/s, 30s left`,
      `${ERASE}1/4 images, 0.1/s, 11.0 MiB, 1.0 MiB/s, 13.0 MiB of 18.0 MiB+, 18s left`,
    ]);
  });

  it('counts no byte as moved that the target held before', () => {
    const { display, written, pass } = shown();
    display.onChange(run({ enqueued: 2 }));
    pass(1_000);
    display.onBytes(request('1'), { bytesDone: 20 * MIB, bytesTotal: 40 * MIB, bytesCopied: 0 });
    pass(1_000);
    const image = request('2');
    display.onBytes(image, { bytesDone: 20 * MIB, bytesTotal: 20 * MIB });
    display.onImage(image, { result: { outcome: 'copied', targetDigest: DIGEST, bytesCopied: 0 } });
    pass(1_000);
    display.onChange(run({ enqueued: 2, copied: 1 }));
    expect(written.at(-1)).toBe(`${ERASE}1/2 images, 0.3/s, 40.0 MiB of 60.0 MiB, 1s left`);
  });

  it('takes what is done for moved where a relay cannot tell them apart', () => {
    const { display, written, pass } = shown();
    display.onChange(run({ enqueued: 1 }));
    pass(2_000);
    display.onBytes(request('1'), { bytesDone: 4 * MIB });
    expect(written.at(-1)).toBe(`${ERASE}0/1 images, 4.0 MiB, 2.0 MiB/s`);
  });

  it('promises no end while tags are still compared, but says what is left at least', () => {
    const { display, written, pass } = shown();
    display.onChange(run({ selected: 7, enqueued: 2, copied: 1 }, { expanded: false }));
    pass(1_000);
    display.onBytes(request('1'), { bytesDone: 4 * MIB, bytesTotal: 8 * MIB, bytesCopied: 4 * MIB });
    expect(written).toEqual([
      `${ERASE}1/2+ images, expanding: 7 compared`,
      `${ERASE}1/2+ images, 1.0/s, 4.0 MiB, 4.0 MiB/s, 4.0 MiB of 8.0 MiB+, at least 333ms left, expanding: 7 compared`,
    ]);
  });

  it('measures each wave of passes for itself', () => {
    const { display, written, pass } = shown();
    display.onChange(run({ enqueued: 1, copied: 1 }, { outcome: 'succeeded' }));
    pass(3_600_000);
    display.onChange(run({ enqueued: 2 }));
    pass(2_000);
    display.onChange(run({ enqueued: 2, copied: 1 }));
    expect(written.at(-1)).toBe(`${ERASE}1/2 images, 0.5/s, 2s left`);
  });

  it('takes the line away for what stays, and draws it again below', () => {
    const { display, written, pass } = shown();
    display.onChange(run({ enqueued: 1 }));
    display.onImage(request('1'), { error: failure() });
    display.onRetry('listing hub.test/app', failure(), 2_000);
    display.onPause('hub.test', failure(), 60_000);
    display.onFailure('app', failure());
    pass(1);
    display.onChange(run({ enqueued: 1 }));
    display.onEnd(
      run({ copied: 2, inSync: 3, failed: 1 }, { outcome: 'failed', startedAtMs: 0, finishedAtMs: 95_000 }),
    );
    expect(written).toEqual([
      `${ERASE}0/1 images`,
      ERASE,
      'SERVER_FAILED: hub.test answered 503\n',
      ERASE,
      'listing hub.test/app: SERVER_FAILED, again in 2s: hub.test answered 503\n',
      ERASE,
      'hub.test: SERVER_FAILED, again in 1m00s: hub.test answered 503\n',
      ERASE,
      'app: SERVER_FAILED: hub.test answered 503\n',
      `${ERASE}0/1 images`,
      ERASE,
      'app: failed, 2 copied, 3 in sync, 1 failed, took 1m35s\n',
    ]);
  });

  it('gives the lines of a log rows of their own', () => {
    const { display, written, log } = shown();
    display.onChange(run({ enqueued: 1 }));
    log.write('a warning\n');
    display.onChange(run({ enqueued: 1 }));
    expect(written).toEqual([`${ERASE}0/1 images`, ERASE, 'a warning\n', `${ERASE}0/1 images`]);
  });

  it('keeps to the width of the terminal, and to ten lines a second', () => {
    const { display, written, pass } = shown({ columns: 9 });
    for (let copied = 0; copied < 100; copied += 1) {
      display.onChange(run({ enqueued: 100, copied }));
      pass(10);
    }
    expect(written).toHaveLength(10);
    expect(written.at(-1)).toBe(`${ERASE}90/100 i`);
  });

  it('writes a line every 30 seconds where nobody can see it redrawn', () => {
    const { display, written, pass } = shown({ isInteractive: false });
    for (let copied = 0; copied < 80; copied += 1) {
      display.onChange(run({ enqueued: 80, copied }));
      pass(1_000);
    }
    display.end();
    expect(written).toEqual(['30/80 images, 1.0/s, 50s left\n', '60/80 images, 1.0/s, 20s left\n']);
  });

  it('writes only how it ended, of each pass that is over sooner', () => {
    const { display, written, pass } = shown({ isInteractive: false });
    for (const startedAtMs of [0, 60_000]) {
      display.onChange(run({ enqueued: 2 }));
      pass(20_000);
      display.onChange(run({ enqueued: 2, copied: 1 }));
      pass(9_000);
      const times = { startedAtMs, finishedAtMs: startedAtMs + 29_000 };
      const ended = run({ enqueued: 2, copied: 2 }, { outcome: 'succeeded', ...times });
      display.onChange(ended);
      display.onEnd(ended);
      pass(10_000);
    }
    const end = 'app: succeeded, 2 copied, took 29s\n';
    expect(written).toEqual([end, end]);
  });

  it('tells in a lasting line what runs next and when', () => {
    const { display, written } = shown();
    display.onIdle({ task: 'app', atMs: 1_030_000 });
    expect(written.at(-1)).toBe('next run: app in 30s, at 1970-01-01T00:17:10.000Z\n');
  });
});

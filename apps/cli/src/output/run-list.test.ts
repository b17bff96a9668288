import { parseDigest, parseReference, SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { formatJobs } from './jobs.ts';
import { formatRunImages } from './run-images.ts';
import { formatRunList } from './run-list.ts';
import { runRecord } from './run-record.fixture.ts';

const NOW_MS = Date.UTC(2026, 0, 15, 12);
const MINUTE_MS = 60_000;
const HOSTILE = 'x\u001b[2J\u202e\nregfleet: all is well';
const SHOWN = 'x\\u001b[2J\\u202e\\nregfleet: all is well';

const denied = new SyncError('DENIED', { message: 'no', side: 'target', hint: 'ask', reference: 'r.test/a' });

const failedRun = runRecord({
  id: 'run2',
  task: 'app',
  trigger: 'operator',
  startedAtMs: NOW_MS - 5 * MINUTE_MS,
  finishedAtMs: NOW_MS - 4 * MINUTE_MS,
  outcome: 'failed',
  bytesCopied: 1_536,
  counts: { selected: 120, enqueued: 10, copied: 7, failed: 3 },
  errors: [denied.toJSON(), denied.toJSON()],
});

const request = {
  source: parseReference('source.test/app:1'),
  target: parseReference('target.test/app:1'),
  relay: 'direct',
} as const;

const digest = parseDigest(`sha256:${'0123456789abcdef'.repeat(4)}`);

describe('cli/output/run-list', () => {
  it('tells of each run when and by what it began, how long it took, its counts, bytes, outcome and first error', () => {
    const skipped = runRecord({
      id: 'run1',
      task: 'app',
      startedAtMs: NOW_MS - 6 * MINUTE_MS,
      finishedAtMs: NOW_MS - 6 * MINUTE_MS,
      outcome: 'skipped',
      reason: 'the task was still running',
    });
    expect(formatRunList([failedRun, skipped], { nowMs: NOW_MS, hasMore: true }).split('\n')).toEqual([
      'run   task  began      by        took   outcome    copied  failed     sent',
      'run2  app   5m00s ago  operator  1m00s  failed   7 of 120       3  1.5 KiB',
      '  DENIED target r.test/a: no',
      'run1  app   6m00s ago  schedule  0ms    skipped    0 of 0       0',
      '  the task was still running',
      'there are more: --limit shows more than 2',
    ]);
  });

  it('says where a run is that goes on, and of none that there is none', () => {
    const run = runRecord({ startedAtMs: NOW_MS, counts: { enqueued: 3 } });
    expect(formatRunList([run], { nowMs: NOW_MS, hasMore: false })).toMatch(/ {2}copying {2}/);
    expect(formatRunList([], { nowMs: NOW_MS, hasMore: false })).toBe('no runs');
  });

  it('shows no control characters of texts that others chose, and no more of an error than a list has room for', () => {
    const error = new SyncError('DENIED', { message: `${HOSTILE}${'y'.repeat(4_000)}` }).toJSON();
    const run = runRecord({ task: HOSTILE, reason: HOSTILE, errors: [error] });
    const lines = formatRunList([run], { nowMs: NOW_MS, hasMore: false }).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[2]).toBe(`  ${SHOWN}`);
    expect(lines[3]?.length).toBeLessThan(300);
  });
});

describe('cli/output/run-images', () => {
  it('shows what came of each image, each kind of error once with its hint, and says what it cannot list', () => {
    const text = formatRunImages(
      failedRun,
      [
        {
          request,
          outcome: 'failed',
          attempts: 3,
          error: { code: 'DENIED', kind: 'permanent', message: HOSTILE },
        },
        { request, outcome: 'copied', attempts: 1, digest, bytesCopied: 2_048 },
      ],
      { failedOnly: false, nowMs: NOW_MS },
    );
    expect(text.split('\n').slice(2)).toEqual([
      '',
      'DENIED target r.test/a: no',
      '  hint: ask',
      '  1 more with this code',
      '',
      'outcome  source             target             digest                  sent  tries  error',
      `failed   source.test/app:1  target.test/app:1                                    3  DENIED: ${SHOWN}`,
      'copied   source.test/app:1  target.test/app:1  sha256:0123456789ab  2.0 KiB      1',
      '',
      '8 images of this run cannot be listed any more',
    ]);
  });

  it('counts only those that failed where only they are shown', () => {
    const text = formatRunImages(failedRun, [], { failedOnly: true, nowMs: NOW_MS });
    expect(text).toMatch(/\n\n3 images of this run cannot be listed any more$/);
  });
});

describe('cli/output/jobs', () => {
  it('shows a row for each copy, with its last error', () => {
    const job = { jobId: 'run.name', runId: 'run', lane: 'lane', request, attempts: 2, queuedAtMs: 0 };
    const failed = { ...job, state: 'failed', failedAtMs: NOW_MS - MINUTE_MS } as const;
    const delayed = { ...job, state: 'delayed', dueAtMs: NOW_MS + MINUTE_MS } as const;
    const error = { code: 'DENIED', kind: 'permanent', message: HOSTILE } as const;
    const text = formatJobs([{ ...failed, error }, delayed], {
      failed: true,
      nowMs: NOW_MS,
      hasMore: true,
    });
    expect(text.split('\n')).toEqual([
      'job       state    when       relay   tries  image              error',
      `run.name  failed   1m00s ago  direct      2  source.test/app:1  DENIED: ${SHOWN}`,
      'run.name  delayed  in 1m00s   direct      2  source.test/app:1',
      'there are more: --limit shows more than 2',
    ]);
  });
});

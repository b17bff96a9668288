import type { Hold, SeenOutage, SourceNote, WorkerStatus } from '@regfleet/fleet';
import { parseDigest, SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { runRecord } from './run-record.fixture.ts';
import { type NotedTask, statusNotes } from './status-notes.ts';

const NOW_MS = Date.UTC(2026, 0, 15, 12);
const MINUTE_MS = 60_000;

const notesOn = (
  state: { tasks?: NotedTask[]; holds?: Hold[]; outages?: SeenOutage[]; missing?: WorkerStatus[] },
  columns = 200,
): string[] =>
  statusNotes(
    { tasks: [], holds: [], outages: [], missing: [], ...state },
    { nowMs: NOW_MS, columns },
  ).flatMap((section) => section.split('\n'));

const failed = runRecord({
  id: 'old',
  outcome: 'failed',
  finishedAtMs: NOW_MS - 12 * MINUTE_MS,
  counts: { enqueued: 120, copied: 117, failed: 3 },
  errors: [new SyncError('UNAUTHORIZED', { message: 'no\u001b[2J', side: 'target' }).toJSON()],
});

const silent = (id: string): WorkerStatus => ({
  id,
  host: 'machine',
  pid: 1,
  role: 'worker',
  startedAtMs: 0,
  seenAtMs: NOW_MS - 5 * MINUTE_MS,
  relays: [],
  concurrency: 1,
  active: 0,
});

describe('cli/output/status-notes', () => {
  it('says of a task how many of its images are done, what its last run failed with, and that it has never succeeded', () => {
    const running = runRecord({
      id: 'new',
      expanded: false,
      counts: { enqueued: 50, copied: 40, failed: 2 },
    });
    const status = {
      task: 'app',
      activeRunId: 'new',
      lastRun: running,
      lastEnded: failed,
      knownSinceMs: NOW_MS - MINUTE_MS,
    };
    expect(notesOn({ tasks: [status] })).toEqual([
      'app: 42 of 50 or more images are done, 2 failed',
      'app: the last run failed 12m00s ago, 3 of 120 images: UNAUTHORIZED target: no\\u001b[2J',
      'app: has never succeeded, and is known for 1m00s',
    ]);
  });

  it('says of a task how many images are behind, and for how long the first has been', () => {
    const freshness = { behind: 2, unknown: 1, isIncomplete: false, behindSinceMs: NOW_MS - 12 * MINUTE_MS };
    expect(notesOn({ tasks: [{ task: 'app', freshness }] })).toEqual([
      'app: 2 images are behind the source, the first for 12m00s',
    ]);
  });

  it('says what has vanished from the source of a task, each in words of its own, ten at most', () => {
    const sinceMs = NOW_MS - 12 * MINUTE_MS;
    const states = ['gone', 'empty', 'refused', 'failing'] as const;
    const vanished: SourceNote[] = [
      ...states.map((state) => ({ subject: 'repository', name: `r.test/${state}`, state, sinceMs }) as const),
      {
        subject: 'tag',
        name: 'r.test/app:1.2.3',
        state: 'moved',
        sinceMs,
        was: parseDigest(`sha256:${'a'.repeat(64)}`),
      },
    ];
    expect(notesOn({ tasks: [{ task: 'app', vanished }] })).toEqual([
      'app: repository r.test/gone is gone at the source: seen first 12m00s ago',
      'app: repository r.test/empty is empty at the source: seen first 12m00s ago',
      'app: repository r.test/refused is refused by the source: seen first 12m00s ago',
      'app: repository r.test/failing cannot be read at the source: seen first 12m00s ago',
      'app: tag r.test/app:1.2.3 names another image at the source: seen first 12m00s ago, it was sha256:aaaaaaaaaaaa',
    ]);
    const many = Array.from(
      { length: 12 },
      (_, at): SourceNote => ({ subject: 'tag', name: `r.test/a:${at}`, state: 'gone', sinceMs }),
    );
    expect(notesOn({ tasks: [{ task: 'app', vanished: many }] }).slice(10)).toEqual([
      'app: 2 more are not at the source as they were',
    ]);
  });

  it('says nothing of a task that is well, and of one that the fleet does not know', () => {
    const lastEnded = runRecord({ outcome: 'succeeded', finishedAtMs: 1 });
    expect(
      notesOn({ tasks: [{ task: 'app', lastRun: lastEnded, lastEnded, lastSuccessAtMs: 1 }, { task: 'b' }] }),
    ).toEqual([]);
  });

  it('says what is paused and until when, and what is held back, each with its reason', () => {
    const sinceMs = NOW_MS - MINUTE_MS;
    const holds: Hold[] = [
      {
        scope: { kind: 'everything' },
        cause: 'operator',
        reason: 'upgrade',
        sinceMs,
        untilMs: NOW_MS + MINUTE_MS,
      },
      { scope: { kind: 'task', task: 'app' }, cause: 'operator', reason: 'why', sinceMs },
      { scope: { kind: 'registry', registry: 'r.test' }, cause: 'outage', reason: 'it is down', sinceMs },
    ];
    expect(notesOn({ holds })).toEqual([
      'everything is paused since 1m00s, for another 1m00s: upgrade',
      'task app is paused since 1m00s, until it is resumed: why',
      'registry r.test is held back since 1m00s: it is down',
    ]);
  });

  it('says what some processes have seen to fail, unless it is held for all', () => {
    const sinceMs = NOW_MS - 12_000;
    const outages: SeenOutage[] = [
      { cause: 'outage', registry: 'a.test', sinceMs, processes: 1, code: 'NETWORK_FAILED' },
      { cause: 'login', registry: 'a.test', sinceMs, processes: 2, code: 'UNAUTHORIZED' },
      { cause: 'outage', registry: 'r.test', sinceMs, processes: 2 },
    ];
    const scope = { kind: 'registry', registry: 'r.test' } as const;
    const holds: Hold[] = [{ scope, cause: 'outage', reason: 'it is down', sinceMs }];
    expect(notesOn({ outages, holds })).toEqual([
      'registry r.test is held back since 12s: it is down',
      'registry a.test does not answer since 12s, seen by one process: NETWORK_FAILED',
      'registry a.test refuses a login since 12s, seen by 2 processes: UNAUTHORIZED',
    ]);
  });

  it('names the processes that are missing, ten at most', () => {
    const missing = Array.from({ length: 12 }, (_, at) => silent(`w${at}`));
    const notes = notesOn({ missing });
    expect(notes[0]).toBe(
      'worker w0 on machine is missing: its last sign of life was 5m00s ago, and it has not signed off',
    );
    expect(notes.slice(10)).toEqual(['2 more processes are missing']);
  });

  it('stays within the width of the terminal', () => {
    const lines = notesOn({ tasks: [{ task: 'app', lastEnded: failed }], missing: [silent('w')] }, 40);
    expect(lines.every((line) => line.length <= 40)).toBe(true);
    expect(lines.slice(0, 3)).toEqual([
      'worker w on machine is missing: its last',
      '  sign of life was 5m00s ago, and it has',
      '  not signed off',
    ]);
  });
});

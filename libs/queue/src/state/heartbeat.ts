import { hostname } from 'node:os';
import type { Heartbeat, ProcessReport, WorkerStatus } from '@regfleet/fleet';
import { type Logger, toSyncError } from '@regfleet/model';
import { FailureLog } from '../redis/failure-log.ts';
import { repeat } from '../redis/repeat.ts';
import { processMemory } from './process-memory.ts';

// A third of the time after which a silent process is forgotten: two beats may be lost.
const INTERVAL_MS = 10_000;

/** Where beats are written. */
export interface Beats {
  /** Says that this process lives; forgotten after `ttlMs` (default 30 s). */
  beat(status: WorkerStatus, ttlMs?: number): Promise<void>;
  /** Forgets a process that stops orderly. */
  leave(id: string): Promise<void>;
}

/** Says every few seconds that this process lives and what it does, for `regfleet status`. */
export async function startHeartbeat(
  beats: Beats,
  report: () => ProcessReport,
  logger: Logger,
): Promise<Heartbeat> {
  let isStopped = false;
  const failures = new FailureLog(logger, 'heartbeat not sent, the next one follows');
  const startedAtMs = Math.round(Date.now() - process.uptime() * 1000);
  const beat = async (): Promise<void> => {
    try {
      await beats.beat({
        ...report(),
        host: hostname(),
        pid: process.pid,
        startedAtMs,
        memory: processMemory(),
        seenAtMs: Date.now(),
      });
      failures.succeeded();
    } catch (error) {
      if (!isStopped) failures.failed(error);
    }
  };
  await beat();
  // Never two at once: while Redis is away each would wait there for its return.
  const repetition = repeat(INTERVAL_MS, logger, beat);
  return {
    async stop() {
      isStopped = true;
      await repetition.stop();
      await beats.leave(report().id).catch((error: unknown) => {
        logger.debug({ error: toSyncError(error) }, 'could not sign off; the entry expires by itself');
      });
    },
  };
}

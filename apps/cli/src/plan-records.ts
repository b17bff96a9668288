import { inTime, isSyncError, SyncError, silentLogger, toSyncError } from '@regfleet/model';
import type { DriftRecords } from '@regfleet/planner';
import { type Fleet, redisRefusal } from '@regfleet/queue';
import { openFleet, type RedisAddress } from './fleet-access.ts';

// A plan can do without: somebody who waits for it is not to wait for a Redis that restarts.
const ANSWER_DEADLINE_MS = 5_000;

/** The sync records as a plan sees them: they are only read. */
export interface PlanRecords extends DriftRecords {
  close(): Promise<void>;
}

const NO_RECORDS: PlanRecords = {
  get: async () => undefined,
  set: async () => undefined,
  close: async () => undefined,
};

/**
 * The fleet's sync records, none where no Redis is configured, and none from the moment on when it does not answer: that
 * costs a plan requests, never correctness.
 *
 * @param onLoss - called once, with `REDIS_UNREACHABLE` or what a command was answered.
 * @throws {SyncError} `REDIS_UNSUITABLE`: waiting for another answer would not help, and every other command will meet it.
 */
export async function openPlanRecords(
  address: RedisAddress | undefined,
  onLoss: (error: SyncError) => void,
): Promise<PlanRecords> {
  if (address === undefined) return NO_RECORDS;
  try {
    return readOnly(await openFleet(address, silentLogger), onLoss);
  } catch (error) {
    if (!isSyncError(error) || error.code !== 'REDIS_UNREACHABLE') throw error;
    onLoss(error);
    return NO_RECORDS;
  }
}

function readOnly(fleet: Fleet, onLoss: (error: SyncError) => void): PlanRecords {
  let isLost = false;
  return {
    ...NO_RECORDS,
    get: async (key) => {
      if (isLost) return undefined;
      try {
        return await inTime(
          ANSWER_DEADLINE_MS,
          () => late(fleet.address),
          () => fleet.records.get(key),
        );
      } catch (error) {
        if (!isLost) onLoss(toSyncError(redisRefusal(error, `Redis at ${fleet.address}`)));
        isLost = true;
        return undefined;
      }
    },
    close: () => fleet.close(),
  };
}

// A command waits for Redis for ever.
const late = (address: string): SyncError =>
  new SyncError('REDIS_UNREACHABLE', {
    message: `Redis at ${address} did not answer within ${ANSWER_DEADLINE_MS} ms`,
    hint: 'check that Redis runs there',
  });

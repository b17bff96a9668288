import { SyncError } from '@regfleet/model';

export const jobStalled = (what: string): SyncError =>
  new SyncError('JOB_STALLED', {
    message: `${what} was given up: the workers that took it died or lost their connection to Redis again and again`,
    hint: 'look for out-of-memory kills of workers, and for a network that cuts them off from Redis',
  });

export const jobLost = (what: string): SyncError =>
  new SyncError('JOB_LOST', {
    message: `${what} is gone from Redis without having ended`,
    hint: 'somebody removed it, or Redis lost it: see its persistence settings (appendonly yes)',
  });

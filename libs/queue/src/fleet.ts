import { SyncError } from '@regfleet/model';
import type { Consumer, CopyConsumerOptions, Fleet, RunConsumerOptions } from './api.ts';
import type { ConnectOptions, HandBack } from './contract.ts';

const missing = (): never => {
  throw new SyncError('INTERNAL', { message: 'the queue is being built' });
};

export async function connectFleet(_options: ConnectOptions): Promise<Fleet> {
  return missing();
}

export function startRunConsumer(_options: RunConsumerOptions): Consumer {
  return missing();
}

export async function startCopyConsumer(_options: CopyConsumerOptions): Promise<Consumer> {
  return missing();
}

/** A copy handler throws it to return a job that it cannot take yet: delayed, no attempt spent. */
export class HandBackError extends Error implements HandBack {
  override readonly name = 'HandBackError';
  readonly handBackMs: number;
  readonly reason: string;

  constructor(handBackMs: number, reason: string) {
    super(reason);
    this.handBackMs = handBackMs;
    this.reason = reason;
  }
}

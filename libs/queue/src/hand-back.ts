import type { HandBack } from './contract.ts';

/** A handler throws it to return a job that it cannot take yet: the job is delayed, no attempt is spent. */
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

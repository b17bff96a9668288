import { setTimeout as pause } from 'node:timers/promises';
import { INJECTORS } from './injectors/index.ts';
import { insist } from './injectors/operator.ts';
import type { FaultKind, FaultPart } from './kinds.ts';
import type { Plan, PlannedFault } from './plan.ts';
import type { FaultSite } from './site.ts';

/** What came of a planned fault; `skipped`: why it was not injected. */
export interface FaultEvent {
  readonly kind: FaultKind;
  readonly skipped?: string;
  /** When it began, from the beginning of the trial. */
  readonly atMs: number;
  readonly tookMs: number;
}

/** Fires the tasks and injects the faults of a plan. @returns once every fault is undone. */
export async function playOut(site: FaultSite, plan: Plan): Promise<FaultEvent[]> {
  const beganMs = performance.now();
  const sinceMs = (): number => Math.round(performance.now() - beganMs);
  const until = (atMs: number): Promise<void> => pause(Math.max(0, atMs - sinceMs()));
  const events: FaultEvent[] = [];
  const fire = async (): Promise<void> => {
    for (const { tasks, atMs } of plan.firings) {
      await until(atMs);
      await insist(site.regfleet, ['enqueue', ...tasks]);
    }
  };
  const spoil = async (part: FaultPart): Promise<void> => {
    for (const fault of plan.faults.filter((candidate) => candidate.part === part)) {
      await until(fault.atMs);
      // Whatever took longer than planned moves what follows, but not beyond the end, unless they are counted.
      if (plan.variant !== 'kills' && sinceMs() > plan.durationMs) return;
      const atMs = sinceMs();
      const skipped = await injectAndUndo(site, fault);
      events.push({
        kind: fault.kind,
        atMs,
        tookMs: sinceMs() - atMs,
        ...(skipped !== undefined && { skipped }),
      });
    }
  };
  const parts = [...new Set(plan.faults.map(({ part }) => part))];
  await Promise.all([fire(), ...parts.map(spoil)]);
  return events.sort((a, b) => a.atMs - b.atMs);
}

/** @returns why it was not injected; absent where it was. */
async function injectAndUndo(site: FaultSite, fault: PlannedFault): Promise<string | undefined> {
  if (!site.has(fault.kind)) return 'this build has no such command';
  const began = await INJECTORS[fault.kind](site, fault);
  if (typeof began !== 'function') return began.skipped;
  await pause(fault.forMs);
  await began();
  return undefined;
}

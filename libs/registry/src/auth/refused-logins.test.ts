import { type ErrorCode, SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { RefusedLogins } from './refused-logins.ts';

const refusal = (message: string, code: ErrorCode = 'UNAUTHORIZED') => new SyncError(code, { message });

function scenario() {
  const clock = { nowMs: 0 };
  return { clock, refusals: new RefusedLogins(() => clock.nowMs) };
}

describe('registry/auth/refused-logins', () => {
  it('knows for some seconds what an account was refused, and for which purpose', () => {
    const { clock, refusals } = scenario();
    const error = refusal('no');
    refusals.add('robot', 'pull a', error);
    clock.nowMs = 19_999;
    expect(refusals.find('robot', 'pull a')).toBe(error);
    expect(refusals.find('robot', 'pull b')).toBeUndefined();
    clock.nowMs = 20_000;
    expect(refusals.find('robot', 'pull a')).toBeUndefined();
  });

  it('lets go what is no longer believed, the oldest of many purposes, and accounts that do not come back', () => {
    const { clock, refusals } = scenario();
    for (let count = 0; count < 5_000; count += 1)
      refusals.add('robot', `pull ${count}`, refusal('no', 'DENIED'));
    expect(refusals.size).toBe(1 + 4_096);
    clock.nowMs += 20_000;
    refusals.add('robot', 'pull', refusal('no', 'DENIED'));
    expect(refusals.size).toBe(1 + 1);
    clock.nowMs += 25 * 3_600_000;
    refusals.accept('other');
    expect(refusals.size).toBe(1);
  });

  it('holds nothing against other credentials', () => {
    const { refusals } = scenario();
    refusals.add('old', 'pull a', refusal('no'));
    refusals.judge('old', refusal('no'));
    expect(refusals.find('new', 'pull a')).toBeUndefined();
  });

  it('keeps accounts apart that are used in turn, as a file of logins has them by repository', () => {
    const { refusals } = scenario();
    const error = refusal('no');
    refusals.add('robot', 'pull a', error);
    refusals.accept('team');
    expect(refusals.find('robot', 'pull a')).toBe(error);
    for (let renewal = 0; renewal < 32; renewal += 1) refusals.accept(`token ${renewal}`);
    expect(refusals.find('robot', 'pull a')).toBeUndefined();
  });

  it('refuses a whole account from its judgement until it is let in', () => {
    const { refusals } = scenario();
    const [one, all] = [refusal('one'), refusal('all')];
    refusals.add('robot', 'pull a', one);
    refusals.judge('robot', all);
    expect(refusals.find('robot', 'pull a')).toBe(one);
    expect(refusals.find('robot', 'pull b')).toBe(all);
    refusals.accept('robot');
    expect(refusals.find('robot', 'pull a')).toBe(one);
    expect(refusals.find('robot', 'pull b')).toBeUndefined();
  });

  it('doubts an account that is refused for several purposes in a row, also one that was let in before', () => {
    const { refusals } = scenario();
    refusals.accept('robot');
    refusals.add('robot', 'pull a', refusal('no'));
    refusals.add('robot', 'pull a', refusal('no'));
    refusals.add('robot', 'pull c', refusal('known, and refused', 'DENIED'));
    expect(refusals.isDoubtful('robot')).toBe(false);
    refusals.add('robot', 'pull b', refusal('no'));
    expect(refusals.isDoubtful('robot')).toBe(true);
    expect(refusals.isDoubtful('other')).toBe(false);
    refusals.accept('robot');
    expect(refusals.isDoubtful('robot')).toBe(false);
  });

  it('doubts an account ever more rarely that was doubted without reason', () => {
    const { refusals } = scenario();
    const refusedUntilDoubtful = (round: string): number => {
      let count = 0;
      for (; !refusals.isDoubtful('robot'); count += 1)
        refusals.add('robot', `${round} ${count}`, refusal('no'));
      refusals.judge('robot');
      return count;
    };
    const rounds = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(refusedUntilDoubtful);
    expect(rounds).toEqual([2, 4, 8, 16, 32, 64, 64]);
  });

  it('has a judgement on an account for some seconds', () => {
    const { clock, refusals } = scenario();
    refusals.add('robot', 'pull a', refusal('no'));
    refusals.add('robot', 'pull b', refusal('no'));
    refusals.judge('robot', refusal('all'));
    expect(refusals.isDoubtful('robot')).toBe(false);
    clock.nowMs = 20_000;
    expect(refusals.find('robot', 'pull c')).toBeUndefined();
  });
});

import { type ErrorCode, SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { Refusals } from './refusals.ts';

const refusal = (message: string, code: ErrorCode = 'UNAUTHORIZED') => new SyncError(code, { message });

function scenario() {
  const clock = { nowMs: 0 };
  return { clock, refusals: new Refusals(() => clock.nowMs) };
}

describe('registry/auth/refusals', () => {
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

  it('holds nothing against other credentials', () => {
    const { refusals } = scenario();
    refusals.add('old', 'pull a', refusal('no'));
    refusals.addWhole('old', refusal('no'));
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

  it('refuses a whole account until it is let in, from when on purposes count alone', () => {
    const { refusals } = scenario();
    const [one, all] = [refusal('one'), refusal('all')];
    refusals.add('robot', 'pull a', one);
    refusals.addWhole('robot', all);
    expect(refusals.find('robot', 'pull a')).toBe(one);
    expect(refusals.find('robot', 'pull b')).toBe(all);
    refusals.accept('robot');
    expect(refusals.find('robot', 'pull a')).toBe(one);
    expect(refusals.find('robot', 'pull b')).toBeUndefined();
    refusals.addWhole('robot', all);
    expect(refusals.find('robot', 'pull b')).toBeUndefined();
  });

  it('doubts an account that is refused for several purposes and was never let in', () => {
    const { clock, refusals } = scenario();
    refusals.add('robot', 'pull a', refusal('no'));
    refusals.add('robot', 'pull a', refusal('no'));
    refusals.add('robot', 'pull c', refusal('known, and refused', 'DENIED'));
    expect(refusals.isDoubtful('robot')).toBe(false);
    refusals.add('robot', 'pull b', refusal('no'));
    expect(refusals.isDoubtful('robot')).toBe(true);
    expect(refusals.isDoubtful('other')).toBe(false);
    refusals.accept('robot');
    expect(refusals.isDoubtful('robot')).toBe(false);
    clock.nowMs = 60_000;
    refusals.add('other', 'pull a', refusal('no'));
    expect(refusals.isDoubtful('other')).toBe(false);
  });
});

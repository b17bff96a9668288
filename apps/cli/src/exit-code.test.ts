import { describe, expect, it } from 'vitest';
import { exitCodeOfAll, exitCodeOfRuns } from './exit-code.ts';

const succeeded = { outcome: 'succeeded', errors: [] };
const passing = { outcome: 'failed', errors: [{ kind: 'retryable' as const }] };
const lasting = {
  outcome: 'failed',
  errors: [{ kind: 'permanent' as const }, { kind: 'retryable' as const }],
};
const skipped = { outcome: 'skipped', errors: [] };

describe('cli/exit-code', () => {
  it.each([
    ['may pass', ['retryable', 'rate-limited'], 75],
    ['is for the operator to mend', ['config', 'config'], 2],
    ['lasts', ['permanent'], 1],
    ['is of several kinds', ['config', 'retryable'], 1],
    ['is unknown', [], 1],
  ] as const)('tells that what failed %s', (_, kinds, code) => {
    expect(exitCodeOfAll(kinds.map((kind) => ({ kind })))).toBe(code);
  });

  it.each([
    ['all succeeded', [succeeded, succeeded], 0],
    ['what failed may pass', [succeeded, passing], 75],
    ['one error stays', [passing, lasting], 1],
    ['a run was skipped', [succeeded, skipped], 75],
    ['a run was skipped beside one whose failure may pass', [skipped, passing], 75],
    ['a run was skipped beside one whose failure stays', [skipped, lasting], 1],
    ['a run was cancelled', [succeeded, { outcome: 'cancelled', errors: [] }], 1],
  ])('is right when %s', (_, runs, code) => {
    expect(exitCodeOfRuns(runs)).toBe(code);
  });
});

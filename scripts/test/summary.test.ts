import { describe, expect, it } from 'vitest';
import { addCounts, countTests, formatCounts } from './summary.ts';

const report = (fields: object): string =>
  JSON.stringify({
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
    ...fields,
  });

describe('scripts/test/summary', () => {
  it('counts tests', () => {
    const counts = countTests(
      report({ numPassedTests: 5, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 }),
      1,
    );
    expect(formatCounts(counts)).toBe('5 passed, 2 failed, 2 skipped');
  });

  it('leaves out skipped ones where there are none', () => {
    expect(formatCounts(countTests(report({ numPassedTests: 5 }), 0))).toBe('5 passed, 0 failed');
  });

  it('counts a file that could not be loaded as one failure', () => {
    const testResults = [{ status: 'failed', assertionResults: [] }];
    expect(countTests(report({ numPassedTests: 5, testResults }), 1).failed).toBe(1);
  });

  it('counts a file with failed tests by those', () => {
    const testResults = [
      { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] },
    ];
    expect(countTests(report({ numFailedTests: 1, testResults }), 1).failed).toBe(1);
  });

  it.each([undefined, report({ numPassedTests: 5 })])(
    'counts a failed run as a failure whatever it reports',
    (text) => {
      expect(countTests(text, 1).failed).toBe(1);
    },
  );

  it('adds up', () => {
    const one = { passed: 1, failed: 2, skipped: 3 };
    expect(addCounts(one, one)).toEqual({ passed: 2, failed: 4, skipped: 6 });
  });
});

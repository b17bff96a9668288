import { describe, expect, it } from 'vitest';
import { formatIssue } from './format-issue.ts';

const issue = {
  severity: 'error',
  rule: 'r',
  file: 'config.yaml',
  line: 3,
  column: 9,
  message: 'is wrong',
} as const;

describe('config/format-issue', () => {
  it('puts the hint on a line of its own', () => {
    expect(formatIssue({ ...issue, path: 'tasks[0].name', hint: 'change it' })).toBe(
      'config.yaml:3:9 error tasks[0].name: is wrong\n    change it',
    );
  });

  it('leaves out path and hint where there is none', () => {
    expect(formatIssue({ ...issue, path: '' })).toBe('config.yaml:3:9 error is wrong');
  });
});

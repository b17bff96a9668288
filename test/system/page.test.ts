import { describe, expect, it } from 'vitest';
import { stepsOf } from './page.ts';

describe('system/page', () => {
  it('finds configs and commands in their order, without comments', () => {
    const page = [
      'Words.',
      '',
      '    one --flag    # why',
      '    two',
      '',
      '```yaml',
      'a: 1   # kept',
      '    deeper: 2',
      '```',
      '',
      '    three #4',
      '```sh',
      'not this',
      '```',
    ].join('\n');
    expect(stepsOf(page)).toEqual([
      { kind: 'command', words: ['one', '--flag'] },
      { kind: 'command', words: ['two'] },
      { kind: 'config', yaml: 'a: 1   # kept\n    deeper: 2\n' },
      { kind: 'command', words: ['three', '#4'] },
    ]);
  });
});

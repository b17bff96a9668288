import { describe, expect, it } from 'vitest';
import { textLine } from './text-line.ts';

const line = (fields: object): string =>
  textLine(JSON.stringify({ level: 'info', time: '2026-01-02T03:04:05.678Z', service: 'worker', ...fields }));

describe('runtime/logger/text-line', () => {
  it('puts time, level, service and message first', () => {
    expect(line({ msg: 'ready' })).toBe('2026-01-02T03:04:05.678Z INFO  worker: ready\n');
  });

  it('writes fields as name=value, quoting what has blanks', () => {
    expect(line({ msg: 'm', tag: 'a.io/b:1', reason: 'too soon', attempt: 2 })).toContain(
      ': m tag=a.io/b:1 reason="too soon" attempt=2\n',
    );
  });

  it('stays one line whatever a field holds', () => {
    const text = line({ msg: 'm', error: { message: 'a\nb', stack: 'x\n  y' } });
    expect(text.trimEnd()).not.toContain('\n');
  });
});

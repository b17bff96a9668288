import { SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../program.ts';
import { syncDisplay } from '../sync/display.ts';
import { processTerminal, type Terminal } from '../terminal.ts';
import { formatError } from './errors.ts';
import { createProgress } from './progress.ts';
import { runRecord } from './run-record.fixture.ts';
import { formatRuns } from './runs.ts';
import { formatTable } from './table.ts';

const HOSTILE = 'x\u001b[2J\u009b1m\u202e\u2028\rregfleet: all is well\ny';
// What remains of it on one line.
const SHOWN = 'x\\u001b[2J\\u009b1m\\u202e\\u2028\\rregfleet: all is well\\ny';

function terminal(isInteractive = false): { terminal: Terminal; text: () => string } {
  const written: string[] = [];
  const write = (text: string): void => void written.push(text);
  const line = (text: string): void => write(`${text}\n`);
  const errorStream = { write };
  const made = { out: line, err: line, write, errorStream, isInteractive, columns: 200, env: {} };
  return { terminal: made, text: () => written.join('') };
}

const RUN = runRecord({
  task: HOSTILE,
  reason: HOSTILE,
  errors: [new SyncError('DENIED', { message: HOSTILE, hint: HOSTILE, reference: HOSTILE }).toJSON()],
});

describe('cli/output, texts that others chose', () => {
  it('puts them on one line of an error, without control and format characters', () => {
    const lines = formatError(RUN.errors[0] ?? ({} as never)).split('\n');
    expect(lines).toEqual([`DENIED: ${SHOWN}`, `  hint: ${SHOWN}`]);
  });

  it('puts them on one line of a table, as wide as they are shown', () => {
    expect(formatTable(['a', 'b'], [[HOSTILE, 'c']]).split('\n')[1]).toBe(`${SHOWN}  c`);
  });

  it('puts them on one line of a list of runs', () => {
    const lines = formatRuns([RUN]).split('\n');
    expect(lines).toHaveLength(5);
    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  it('lets them move no cursor of a live line', () => {
    const { terminal: shown, text } = terminal(true);
    createProgress(shown).update(() => HOSTILE);
    expect(text()).toBe(`\r\u001b[2K${SHOWN}`);
  });

  it('puts a wait on one line', () => {
    const { terminal: shown, text } = terminal();
    syncDisplay(shown).onPause(HOSTILE, new SyncError('RATE_LIMITED', { message: HOSTILE }), 1_000);
    expect(text()).toBe(`${SHOWN}: RATE_LIMITED, again in 1s: ${SHOWN}\n`);
  });

  it('keeps what nobody has cleaned from the terminal itself', () => {
    const written: string[] = [];
    const stream = { write: (text: string) => written.push(text), on: () => undefined };
    const made = processTerminal({ stdout: stream, stderr: stream, env: {} } as unknown as NodeJS.Process);
    made.out(`a\u001b\nb`);
    made.err('\u009b');
    expect(written).toEqual(['a\\u001b\nb\n', '\\u009b\n']);
  });

  it('tells a wrong argument without its control characters', async () => {
    const { terminal: shown, text } = terminal();
    expect(await runProgram(['copy', `a\u001b[2Jb`, 'c', '-c', '/nonexistent\u202e'], shown, '0')).toBe(2);
    expect(text()).toContain('/nonexistent\\u202e');
  });
});

import { eventually, runCommand, startInTerminal } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';

const sourceOf = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
/** Redraws a line of 70 letters until it is ended. */
const PROGRAM = `
  import { createProgress } from ${sourceOf('./progress.ts')};
  import { processTerminal } from ${sourceOf('../terminal.ts')};
  const progress = createProgress(processTerminal(process));
  let count = 0;
  setInterval(() => progress.update(() => 'x'.repeat(70) + (count += 1)), 110);`;

const ERASE = '\r\u001b[2K';
const ERASE_ABOVE = '\u001b[1A\u001b[2K';

const hasScript = await runCommand(['script', '--version']).then(
  () => true,
  () => false,
);

describe('cli/output/progress', () => {
  it.for([
    {
      title: 'clears every row that the line fills once the terminal is narrower',
      columns: { before: 60, after: 20 },
      drawn: { letters: 59, rowsAbove: 2 },
    },
    {
      title: 'draws within the new width of a wider terminal',
      columns: { before: 20, after: 60 },
      drawn: { letters: 19, rowsAbove: 0 },
    },
    {
      title: 'keeps to 80 columns where nobody has told the terminal its size',
      columns: { before: 0, after: 40 },
      drawn: { letters: 70, rowsAbove: 1 },
    },
  ])('$title', async ({ columns, drawn }, context) => {
    if (!hasScript) return context.skip("script, of Debian's bsdutils, is not installed");
    const argv = [process.execPath, '--input-type=module', '-e', PROGRAM];
    await using terminal = await startInTerminal(argv, { columns: columns.before });
    const shows = (text: string): Promise<boolean> =>
      eventually(() => terminal.stdout().includes(text), { what: JSON.stringify(text) });
    await shows(`${ERASE}${'x'.repeat(drawn.letters)}`);
    await terminal.resize(columns.after);
    const next = 'x'.repeat(columns.after - 1);
    expect(await shows(`${ERASE}${ERASE_ABOVE.repeat(drawn.rowsAbove)}${next}${ERASE}${next}`)).toBe(true);
    await terminal.close();
  });
});

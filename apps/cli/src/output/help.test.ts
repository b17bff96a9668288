import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { HELP } from './help.ts';

const helpAt = (columns: number): string[] => {
  const program = new Command('regfleet').configureHelp({ ...HELP, helpWidth: columns });
  program
    .command('login-check')
    .argument('[task...]')
    .summary('try the credentials of every registry; copies nothing');
  program.option('--redis <url>', 'redis://, rediss://, redis+sentinel://, rediss+sentinel:// or unix://');
  return program.helpInformation().split('\n');
};

describe('cli/output/help', () => {
  it('puts what a name means below it where there is no room beside', () => {
    const lines = helpAt(40);
    expect(lines.filter((line) => line.length > 40)).toEqual([]);
    const at = lines.indexOf('  login-check [task...]');
    expect(lines.slice(at + 1, at + 3)).toEqual([
      '      try the credentials of every',
      '      registry; copies nothing',
    ]);
  });

  it('puts it beside where there is', () => {
    expect(helpAt(80)).toContain(
      '  login-check [task...]  try the credentials of every registry; copies nothing',
    );
  });
});

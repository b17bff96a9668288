import { type ConfigIssue, configName, formatIssue, loadConfig } from '@regfleet/config';
import { configFile } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { counted } from '../output/quantities.ts';

export interface ValidateFlags {
  /** False: they are not here, and that is no error. */
  readonly secrets: boolean;
}

/** Tells every issue of the config with its line. */
export async function validate(
  { options, terminal, finish }: CommandContext,
  flags: ValidateFlags,
): Promise<void> {
  const given = configFile(options().config, terminal.env);
  const file = configName(given);
  const { config, issues } = await loadConfig(given, {
    env: terminal.env,
    ...(!flags.secrets && { secrets: 'elsewhere' }),
  });
  if (options().json)
    terminal.out(JSON.stringify({ file, valid: config !== undefined, issues }, undefined, 2));
  else report(file, issues, context(config?.tasks.length), terminal);
  finish(config === undefined ? EXIT.invalid : EXIT.ok);
}

const context = (tasks: number | undefined): string =>
  tasks === undefined ? 'invalid' : `valid, ${counted(tasks, 'task')}`;

function report(
  file: string,
  issues: readonly ConfigIssue[],
  verdict: string,
  terminal: CommandContext['terminal'],
): void {
  for (const issue of issues) terminal.out(formatIssue(issue));
  const count = (severity: ConfigIssue['severity']): string =>
    counted(issues.filter((issue) => issue.severity === severity).length, severity);
  terminal.out(`${file}: ${verdict} (${count('error')}, ${count('warning')})`);
}

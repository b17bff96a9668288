import type { Command } from 'commander';
import { taskOption } from '../tasks.ts';

/** How `pause` and `resume` are told what they are about. @param what - is done to it. */
export const scopeOptions = (command: Command, what: string): Command =>
  command
    .addOption(taskOption(`${what} the firings and copies of these tasks; may be repeated`))
    .option('--registry <host...>', `${what} whatever reads or writes these registries; may be repeated`)
    .option('--all', `${what} everything`, false);

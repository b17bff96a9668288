import type { SyncConfig, Task } from '@regfleet/config';
import { nearest, SyncError } from '@regfleet/model';
import { Option } from 'commander';

/** How every command lets tasks be named; with several of them once or several times. */
export const taskOption = (description: string): Option => new Option('--task <name...>', description);

/**
 * The tasks of these ids or names, in the order of the file; a name that several tasks share means all of them.
 *
 * @throws {SyncError} `TASK_UNKNOWN` with the nearest name.
 */
export function tasksNamed(config: SyncConfig, names: readonly string[]): Task[] {
  const isMeant = (task: Task, name: string): boolean => task.id === name || task.name === name;
  for (const name of names) {
    if (!config.tasks.some((task) => isMeant(task, name))) throw unknownTask(config, name);
  }
  return config.tasks.filter((task) => names.some((name) => isMeant(task, name)));
}

/** The ids that these names mean; what is no name of the config is taken for the id of a task that has left it. */
export function idsOf(config: SyncConfig, names: readonly string[]): string[] {
  const ids = names.flatMap((name) => {
    const meant = config.tasks.filter((task) => task.id === name || task.name === name);
    return meant.length === 0 ? [name] : meant.map(({ id }) => id);
  });
  return [...new Set(ids)];
}

/** For names of which nothing was found. @throws {SyncError} as `tasksNamed`. */
export function checkKnown(config: SyncConfig, names: readonly string[]): void {
  tasksNamed(config, names);
}

function unknownTask(config: SyncConfig, name: string): SyncError {
  const known = config.tasks.map((task) => task.id);
  const suggestion = nearest(name, known);
  return new SyncError('TASK_UNKNOWN', {
    message: `${config.file} has no task "${name}"`,
    hint: suggestion === undefined ? tasksHint(known) : `did you mean "${suggestion}"?`,
  });
}

/** The names of tasks that there are, ten at most. */
export function tasksHint(known: readonly string[]): string {
  if (known.length === 0) return 'the config has no tasks';
  const shown = known.slice(0, 10).join(', ');
  return `its tasks are ${shown}${known.length > 10 ? `, and ${known.length - 10} more` : ''}`;
}

import type { ParsedConfig, SyncConfig, Task } from '../model.ts';
import type { ConfigSection } from '../schema/config.ts';
import { placeOf } from '../yaml/sourced.ts';
import type { ParseContext, TaskDefaults } from './context.ts';
import { type ReadTask, readTask } from './task.ts';

/** Every entry of `tasks` that is a task. */
export function readTasks(
  config: ConfigSection,
  defaults: TaskDefaults,
  context: ParseContext,
): readonly ReadTask[] {
  warnOfNoTasks(config, context);
  return (config.fields.tasks?.value ?? []).flatMap(({ value, at }) => {
    if (value !== undefined) return readTask(value, defaults, context);
    context.report.error(at, {
      rule: 'task-missing',
      message: 'the task is empty',
      hint: 'remove the "-", or write name:, source:, target: and mappings: behind it',
    });
    return [];
  });
}

const NO_TASKS = 'tasks-missing';

/** An empty list says that it is meant; a file that was cut off does not. */
function warnOfNoTasks(config: ConfigSection, { report }: ParseContext): void {
  if (config.fields.tasks !== undefined || config.broken.has('tasks')) return;
  report.warning(placeOf(config, 'tasks'), {
    rule: NO_TASKS,
    message: 'the file has no tasks: nothing is mirrored',
    hint: 'write the tasks below tasks:, or tasks: [] if there are to be none',
  });
}

/**
 * True: taking `next` would drop every task though the file does not say so (`tasks: []`), as one does that is empty or was
 * cut off while it was written.
 */
export const losesAllTasks = (current: Pick<SyncConfig, 'tasks'>, next: ParsedConfig): boolean =>
  current.tasks.length > 0 && next.issues.some(({ rule }) => rule === NO_TASKS);

/** The tasks with their ids; incomplete ones, which have been reported, are left out. */
export function identifyTasks(tasks: readonly ReadTask[], { report }: ParseContext): readonly Task[] {
  const ids = new Set<string>();
  const identified: Task[] = [];
  for (const { definition, mappings, at } of tasks) {
    const id = freeId(definition.name, ids);
    ids.add(id);
    if (id !== definition.name) {
      report.warning(at, {
        rule: 'task-name-repeated',
        message: `another task has the name "${definition.name}"; this one is known as "${id}"`,
        hint: 'give each task a name of its own',
      });
    }
    const { source, targets } = definition;
    if (source === undefined || targets === undefined) continue;
    identified.push({ ...definition, id, source, targets, mappings: mappings.map(({ mapping }) => mapping) });
  }
  return identified;
}

function freeId(name: string, taken: ReadonlySet<string>): string {
  let id = name;
  for (let number = 2; taken.has(id); number += 1) id = `${name}#${number}`;
  return id;
}

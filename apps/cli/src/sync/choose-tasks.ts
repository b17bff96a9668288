import { parseRegexRule, type SyncConfig, type Task } from '@regfleet/config';
import { isRelayName, platformLimit, type RelayName, SyncError } from '@regfleet/model';
import { tasksHint, tasksNamed } from '../tasks.ts';

/** What of a config is to run, and how. */
export interface Choice {
  /** A regex, or `!` and one; absent or empty: every task, as in dregsy. */
  readonly run?: string;
  /** Names; absent: every task. */
  readonly task?: readonly string[];
  /** Absent: what each task says. */
  readonly relay?: string;
}

/**
 * The tasks that are chosen, in the order of the file.
 *
 * @throws {SyncError} `USAGE_INVALID` on a bad regex; `TASK_UNKNOWN`; `PLATFORM_INVALID` where the relay cannot copy what a task wants.
 */
export function chosenTasks(config: SyncConfig, { run, task, relay }: Choice): Task[] {
  const named = task === undefined ? config.tasks : tasksNamed(config, task);
  const chosen = named.filter(taskRule(run));
  return relay === undefined || !isRelayName(relay) ? chosen : chosen.map((each) => withRelay(each, relay));
}

/** That `run` matches none of the tasks there are; absent: it does. */
export function matchesNone(config: SyncConfig, { run }: Choice): string | undefined {
  if (run === undefined || config.tasks.length === 0 || config.tasks.some(taskRule(run))) return undefined;
  return `--run "${run}" matches no task of ${config.file}, nothing is done: ${tasksHint(config.tasks.map(({ name }) => name))}`;
}

function taskRule(run: string | undefined): (task: Task) => boolean {
  if (run === undefined || run === '') return () => true;
  const rule = parseRegexRule(run);
  if ('flaw' in rule)
    throw new SyncError('USAGE_INVALID', { message: `--run: ${rule.flaw.message}`, hint: rule.flaw.hint });
  return (task) => rule.value.matches(task.name);
}

function withRelay(task: Task, relay: RelayName): Task {
  const [limit] = task.mappings.flatMap(({ platform }) => platformLimit(relay, platform) ?? []);
  if (limit !== undefined) {
    throw new SyncError('PLATFORM_INVALID', {
      message: `task "${task.name}" cannot be copied with ${relay}: ${limit.message}`,
      hint: limit.hint,
    });
  }
  return { ...task, relay };
}

import type { SyncConfig, Task } from '@regfleet/config';
import { type Location, parseRegistryName, type Side } from '@regfleet/model';
import type { Registries, RegistryClient } from '@regfleet/registry';
import { isSameAnswer, type LoginAnswer, loginAnswer } from './answer.ts';
import { repositoryOf } from './plain-repository.ts';
import type { Purpose } from './proof.ts';
import { taskEnds } from './task-ends.ts';

/** One registry as one account, on one side. */
export interface Login {
  /** Absent: only `registries` names it. */
  readonly side?: Side;
  /** Without the path that may follow the host, which `repository` begins with, where that is set. */
  readonly location: Location;
  /** Ids of the tasks that use it. */
  readonly tasks: readonly string[];
  /** A repository that the tasks use there; absent: none is named in so many words. */
  readonly repository?: string;
  /** What the tasks need it for; empty where only `registries` names it. */
  readonly purposes: readonly Purpose[];
  /** The credentials that are shown, or why it cannot even be tried. */
  readonly answer: LoginAnswer;
}

/** What a task needs at one side for one of its mappings. */
interface Use extends Login {
  /** Absent: the location cannot be used. */
  readonly client?: RegistryClient;
}

/**
 * The logins that the tasks need, each once, in the order of the file: files of logins may know several accounts of one
 * registry, by repository.
 */
export async function loginsOfTasks(
  tasks: readonly Task[],
  registries: Registries,
  signal: AbortSignal,
): Promise<Login[]> {
  const uses = tasks
    .flatMap(taskEnds)
    .flatMap(({ task, side }) =>
      task.mappings.map((mapping) => useOf({ task, mapping, side }, registries, signal)),
    );
  return merged(await Promise.all(uses));
}

/** The logins under `registries` that no task uses. */
export async function furtherLogins(
  config: SyncConfig,
  used: readonly Login[],
  { registries, signal }: { registries: Registries; signal: AbortSignal },
): Promise<Login[]> {
  const clients = new Set(used.map(({ location }) => clientOf(hostOnly(location), registries).client));
  const further = [...config.registries.values()].filter((location) => {
    const { client } = clientOf(location, registries);
    return client === undefined || !clients.has(client);
  });
  return await Promise.all(
    further.map(async (location) => ({
      location,
      tasks: [],
      purposes: [],
      answer: await loginAnswer(registries, location, { signal }),
    })),
  );
}

/** One that cannot be used keeps nobody from trying the others. */
async function useOf(purpose: Purpose, registries: Registries, signal: AbortSignal): Promise<Use> {
  const { task, mapping, side } = purpose;
  const host = hostOnly(task[side]);
  const { client, failure } = clientOf(host, registries);
  const use = { side, location: host, tasks: [task.id], purposes: [purpose], ...(client && { client }) };
  if (failure !== undefined) return { ...use, answer: { failure } };
  try {
    const repository = await repositoryOf(mapping, task, side);
    // What is chosen by a regex is listed with the login of the path that is written.
    const location = repository === undefined ? task[side] : host;
    const answer = await loginAnswer(registries, location, { repository, signal });
    return { ...use, location, answer, ...(repository !== undefined && { repository }) };
  } catch (cause) {
    signal.throwIfAborted();
    return { ...use, answer: { failure: cause } };
  }
}

function merged(uses: readonly Use[]): Use[] {
  const logins: Use[] = [];
  for (const use of uses) {
    const index = logins.findIndex((login) => isSameLogin(login, use));
    const known = logins[index];
    if (known === undefined) logins.push(use);
    else logins[index] = both(known, use);
  }
  return logins;
}

const isSameLogin = (one: Use, other: Use): boolean =>
  one.side === other.side &&
  one.client === other.client &&
  one.location.registry.host === other.location.registry.host &&
  isSameAnswer(one.answer, other.answer);

/** A repository that is named can prove more than a registry alone. */
function both(known: Use, use: Use): Use {
  const tasks = [...new Set([...known.tasks, ...use.tasks])];
  const purposes = [...known.purposes, ...use.purposes];
  return {
    ...(known.repository === undefined && use.repository !== undefined ? use : known),
    tasks,
    purposes,
  };
}

function clientOf(
  location: Location,
  registries: Registries,
): { readonly client?: RegistryClient; readonly failure?: unknown } {
  try {
    return { client: registries.connect(location) };
  } catch (failure) {
    return { failure };
  }
}

/** The location of the registry as a whole. */
export const hostOnly = (location: Location): Location => ({
  ...location,
  registry: parseRegistryName(location.registry.host),
});

import type { SyncConfig, Task } from '@regfleet/config';
import { type Location, registryHost, type Side } from '@regfleet/model';
import type { Registries, RegistryClient } from '@regfleet/registry';
import { plainRepository } from './plain-repository.ts';

/** One registry as one account, on one side. */
export interface Login {
  /** Absent: only `registries` names it. */
  readonly side?: Side;
  /** Without the path that may follow the host: the login is the same. */
  readonly location: Location;
  /** Ids of the tasks that use it. */
  readonly tasks: string[];
  /** A repository that the tasks use there; absent: none is named in so many words. */
  readonly repository?: string;
  /** Why it cannot even be tried. */
  readonly failure?: unknown;
}

/** The logins that the tasks need, each once, in the order of the file. */
export async function loginsOfTasks(tasks: readonly Task[], registries: Registries): Promise<Login[]> {
  const known = { source: new Map<RegistryClient, Login>(), target: new Map<RegistryClient, Login>() };
  const logins: Login[] = [];
  for (const task of tasks) {
    for (const side of ['source', 'target'] as const) {
      const login = await loginOf(task, side, { registries, known: known[side] });
      if (login !== undefined) logins.push(login);
    }
  }
  return logins;
}

/** The logins under `registries` that no task uses. */
export function furtherLogins(
  config: SyncConfig,
  used: readonly Login[],
  registries: Registries,
): readonly Login[] {
  const clients = new Set(used.map(({ location }) => clientOf(location, registries)));
  return [...config.registries.values()]
    .map((location): Login => ({ location, tasks: [], ...unusable(location, registries) }))
    .filter(({ location, failure }) => failure !== undefined || !clients.has(registries.connect(location)));
}

interface Known {
  readonly registries: Registries;
  readonly known: Map<RegistryClient, Login>;
}

/** Absent: it is known already. One that cannot be used keeps nobody from trying the others. */
async function loginOf(task: Task, side: Side, { registries, known }: Known): Promise<Login | undefined> {
  const location = hostOnly(task[side]);
  try {
    const client = registries.connect(location);
    const earlier = known.get(client);
    if (earlier !== undefined) {
      earlier.tasks.push(task.id);
      return undefined;
    }
    const repository = await plainRepository(task, side);
    const login = { side, location, tasks: [task.id], ...(repository !== undefined && { repository }) };
    known.set(client, login);
    return login;
  } catch (failure) {
    return { side, location, tasks: [task.id], failure };
  }
}

function unusable(location: Location, registries: Registries): { failure?: unknown } {
  try {
    registries.connect(location);
    return {};
  } catch (failure) {
    return { failure };
  }
}

function clientOf(location: Location, registries: Registries): RegistryClient | undefined {
  return unusable(location, registries).failure === undefined ? registries.connect(location) : undefined;
}

const hostOnly = (location: Location): Location => ({
  ...location,
  registry: registryHost(location.registry),
});

import type { SyncConfig, Task } from '@regfleet/config';
import { type Location, registryHost, type Side } from '@regfleet/model';
import { mappedRepositories } from '@regfleet/planner';
import type { Registries, RegistryClient } from '@regfleet/registry';

/** One registry as one account, on one side. */
export interface Login {
  /** Absent: only `registries` names it. */
  readonly side?: Side;
  /** Without the path that may follow the host: the login is the same. */
  readonly location: Location;
  /** Ids of the tasks that use it. */
  readonly tasks: string[];
  /** A repository that the tasks read there; absent: none is named in so many words. */
  readonly repository?: string;
}

/** The logins that the tasks need, each once, in the order of the file. */
export async function loginsOfTasks(tasks: readonly Task[], registries: Registries): Promise<Login[]> {
  const known = { source: new Map<RegistryClient, Login>(), target: new Map<RegistryClient, Login>() };
  const logins: Login[] = [];
  for (const task of tasks) {
    for (const side of ['source', 'target'] as const) {
      const location = hostOnly(task[side]);
      const client = registries.connect(location);
      const earlier = known[side].get(client);
      if (earlier !== undefined) {
        earlier.tasks.push(task.id);
        continue;
      }
      const repository = side === 'source' ? await plainRepository(task) : undefined;
      const login = { side, location, tasks: [task.id], ...(repository !== undefined && { repository }) };
      known[side].set(client, login);
      logins.push(login);
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
  const clients = new Set(used.map(({ location }) => registries.connect(location)));
  return [...config.registries.values()]
    .filter((location) => !clients.has(registries.connect(location)))
    .map((location) => ({ location, tasks: [] }));
}

const hostOnly = (location: Location): Location => ({
  ...location,
  registry: registryHost(location.registry),
});

async function plainRepository(task: Task): Promise<string | undefined> {
  const plain = task.mappings.find(({ from }) => from.kind === 'plain');
  if (plain === undefined) return undefined;
  const [pair] = await mappedRepositories(plain, task, () => ({ list: async () => [] }), undefined);
  return pair?.source.repository;
}

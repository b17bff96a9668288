import { type Task, targetTasks } from '@regfleet/config';
import type { Location } from '@regfleet/model';
import type { RegistryClient, RepositoryLister } from '@regfleet/registry';
import { clientWith } from './client-with.ts';
import type { PlannedTask, PlanPorts } from './contract.ts';
import { SharedQuestions } from './shared-questions.ts';

/** How a task is planned for one of its targets. */
export interface TargetPlan {
  readonly task: PlannedTask;
  readonly ports: PlanPorts;
}

// Those who plan beside each other are in the same repository, or in the next one; a list may have 250,000 tags.
const LISTS = { limit: 2, maxAgeMs: 10 * 60_000 };
// Of each there is a window of 32 images.
const ANSWERS = { limit: 1_024, maxAgeMs: 60_000 };

/**
 * A task for each of its targets, to be planned beside each other: what one waits for keeps no other waiting. What they ask the source at
 * about the same time is asked once.
 */
export function targetPlans(task: Task, ports: PlanPorts): TargetPlan[] {
  const tasks = targetTasks(task);
  if (tasks.length === 1) return tasks.map((only) => ({ task: only, ports }));
  const asked = {
    lists: new SharedQuestions(tasks.length, LISTS),
    answers: new SharedQuestions(tasks.length, ANSWERS),
  };
  return tasks.map((one, taker) => ({
    task: one,
    ports: sharedSource(ports, task.source, { asked, taker }),
  }));
}

interface Share {
  readonly asked: { readonly lists: SharedQuestions; readonly answers: SharedQuestions };
  readonly taker: number;
}

const sharedSource = (ports: PlanPorts, source: Location, share: Share): PlanPorts => ({
  client: (location) => {
    const client = ports.client(location);
    return location === source ? sharedClient(client, share) : client;
  },
  lister: (location) => sharedLister(ports.lister(location), share),
  records: ports.records,
});

function sharedClient(client: RegistryClient, { asked: { lists, answers }, taker }: Share): RegistryClient {
  return clientWith(client, {
    headManifest(repository, name, options) {
      const ask = () => client.headManifest(repository, name, options);
      return answers.ask(`head ${repository} ${name}`, { taker, signal: options?.signal }, ask);
    },
    listReferrers(repository, subject, options) {
      const { signal, ...question } = options ?? {};
      const key = `referrers ${repository} ${subject} ${JSON.stringify(question)}`;
      return answers.ask(key, { taker, signal }, () => client.listReferrers(repository, subject, options));
    },
    async *listTags(repository, options) {
      if (options?.maxPages !== undefined) return yield* client.listTags(repository, options);
      const ask = () => Array.fromAsync(client.listTags(repository, options));
      yield* await lists.ask(`tags ${repository}`, { taker, signal: options?.signal }, ask);
    },
  });
}

function sharedLister(lister: RepositoryLister, { asked: { lists }, taker }: Share): RepositoryLister {
  return {
    ...lister,
    list: (options) =>
      lists.ask('repositories', { taker, signal: options?.signal }, () => lister.list(options)),
  };
}

import type { SyncConfig, Task } from '@regfleet/config';
import {
  type AnchorTag,
  formatReference,
  parseAnchor,
  parseReference,
  type Reference,
  silentLogger,
  toSyncError,
} from '@regfleet/model';
import {
  type DriftRecords,
  type PlanEntry,
  type PlannedTask,
  type PlanPorts,
  planImage,
  targetPlans,
} from '@regfleet/planner';
import type { Fleet } from '@regfleet/queue';
import type { Registries } from '@regfleet/registry';
import { interruptSignal } from '@regfleet/runtime';
import { askedRegistries } from '../asked-registries.ts';
import { configFile, readConfig } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { EXIT, exitCodeOfAll } from '../exit-code.ts';
import { findRedis, withFleet } from '../fleet-access.ts';
import { formatAnswer } from '../output/why.ts';
import { tasksNamed } from '../tasks.ts';
import { toldOnce } from '../told-once.ts';
import type { ImageAnswer, TaskAnswer, WhyAnswer } from '../why/answer.ts';
import { fleetFacts } from '../why/fleet-facts.ts';

export interface WhyFlags {
  readonly task?: readonly string[];
}

/** Answers of one image: by each task that has its registry. */
export async function why(context: CommandContext, text: string, flags: WhyFlags): Promise<void> {
  const { terminal, options, finish } = context;
  const image = tagged(parseReference(text));
  const config = await readConfig(configFile(options().config, terminal.env), terminal);
  const tell = (answer: WhyAnswer): void =>
    terminal.out(
      options().json
        ? JSON.stringify(answer, withoutRequests, 2)
        : formatAnswer(answer, Date.now(), config.file),
    );
  const anchor = parseAnchor(image.tag ?? '');
  // Its name says it all, and no task has anything to do with it.
  if (anchor !== undefined)
    return tell({ reference: formatReference(image), anchor: anchorAnswer(anchor), tasks: [] });
  const tasks = flags.task === undefined ? config.tasks : tasksNamed(config, flags.task);
  const registries = askedRegistries(terminal, config, { command: 'why' });
  try {
    const redis = await findRedis(context, config);
    const ask = (fleet?: Fleet): Promise<TaskAnswer[]> =>
      answersOf(tasks, image, { config, registries, fleet });
    const answers = redis === undefined ? await ask() : await withFleet(redis, silentLogger, ask);
    tell({ reference: formatReference(image), tasks: answers });
    finish(codeOf(answers));
  } finally {
    await registries.close();
  }
}

const anchorAnswer = ({ kind, label, atMs, digits }: AnchorTag): NonNullable<WhyAnswer['anchor']> => ({
  kind,
  of: label,
  atMs,
  digits,
});

// For our own use: source and target stand beside it.
const withoutRequests = (key: string, value: unknown): unknown => (key === 'request' ? undefined : value);

function codeOf(answers: readonly TaskAnswer[]): number {
  if (answers.some(({ images }) => images.some(({ state }) => state !== 'left-out'))) return EXIT.ok;
  const errors = answers.flatMap(({ errors }) => errors);
  return errors.length === 0 ? EXIT.failed : exitCodeOfAll(errors);
}

const tagged = (image: Reference): Reference =>
  image.tag === undefined && image.digest === undefined ? { ...image, tag: 'latest' } : image;

interface Means {
  readonly config: SyncConfig;
  readonly registries: Registries;
  readonly fleet: Fleet | undefined;
}

// They are only read: what is asked about is not thereby seen by the fleet.
const readOnly = (fleet: Fleet | undefined): DriftRecords => ({
  get: async (key) => fleet?.records.get(key),
  set: async () => undefined,
});

async function answersOf(tasks: readonly Task[], image: Reference, means: Means): Promise<TaskAnswer[]> {
  const { config, registries, fleet } = means;
  const signal = interruptSignal();
  const listings = new Map<string, Promise<readonly string[]>>();
  const answers: TaskAnswer[] = [];
  for (const task of tasks) {
    const lister: PlanPorts['lister'] = (location) => {
      const opened = registries.lister(location, config.lister);
      const listed = (): Promise<readonly string[]> => {
        const known = listings.get(task.id) ?? opened.list({ signal });
        listings.set(task.id, known);
        return known;
      };
      return { maxItems: opened.maxItems, list: listed };
    };
    const ports: PlanPorts = {
      client: (location) => registries.connect(location),
      lister,
      records: readOnly(fleet),
    };
    const plans = await Promise.all(
      targetPlans(task, ports).map((plan) =>
        answerOf(plan.task, planImage(plan.task, image, plan.ports, { signal })),
      ),
    );
    signal.throwIfAborted();
    const answer = merged(plans.filter((each) => each !== undefined));
    if (answer !== undefined) answers.push(await withFacts(answer, fleet));
  }
  return answers;
}

const withFacts = async (answer: TaskAnswer, fleet: Fleet | undefined): Promise<TaskAnswer> =>
  fleet === undefined ? answer : { ...answer, images: await fleetFacts(fleet, answer.images) };

/** What a task has to say for each of its targets; absent: for none. */
function merged(answers: readonly TaskAnswer[]): TaskAnswer | undefined {
  const [first, ...others] = answers;
  if (first === undefined || others.length === 0) return first;
  return {
    task: first.task,
    images: answers.flatMap(({ images }) => images),
    repositories: toldOnce(answers.map(({ repositories }) => repositories)),
    errors: toldOnce(answers.map(({ errors }) => errors)),
  };
}

/** Absent: the task has no such repository on either side. */
async function answerOf(
  task: PlannedTask,
  entries: AsyncIterable<PlanEntry>,
): Promise<TaskAnswer | undefined> {
  const found: PlanEntry[] = [];
  const errors: TaskAnswer['errors'][number][] = [];
  try {
    for await (const entry of entries) found.push(entry);
  } catch (error) {
    errors.push(toSyncError(error).toJSON());
  }
  if (found.length + errors.length === 0) return undefined;
  return {
    task: task.id,
    images: found.flatMap((entry) => imageOf(entry) ?? []),
    repositories: found.flatMap((entry) => (entry.kind === 'repository' ? [entry.mapping] : [])),
    errors: [
      ...errors,
      ...found.flatMap((entry) => (entry.kind === 'failure' ? [entry.error.toJSON()] : [])),
    ],
  };
}

function imageOf(entry: PlanEntry): ImageAnswer | undefined {
  if (entry.kind === 'dropped') {
    const { mapping, pair, tag, reason } = entry;
    const name = (side: 'source' | 'target'): string =>
      `${pair[side].registry}/${pair[side].repository}${tag.startsWith('sha256:') ? '@' : ':'}${tag}`;
    return { mapping, source: name('source'), target: name('target'), state: 'left-out', reason };
  }
  if (entry.kind !== 'image') return undefined;
  const { mapping, request, reason, warning, drift } = entry;
  return {
    mapping,
    source: formatReference(request.source),
    target: formatReference(request.target),
    state: drift.state,
    reason,
    request,
    ...(warning !== undefined && { warning }),
    ...(drift.sourceDigest !== undefined && { sourceDigest: drift.sourceDigest }),
    ...(drift.error !== undefined && { error: drift.error.toJSON() }),
  };
}

import { type SyncConfig, type TargetTask, type Task, targetTasks } from '@regfleet/config';
import {
  type CopyRequest,
  formatReference,
  isDigest,
  manifestName,
  printable,
  type SerialisedSyncError,
  toSyncError,
} from '@regfleet/model';
import {
  ContentCheck,
  type ContentProblem,
  type PlanEntry,
  planTask,
  TargetAnchors,
} from '@regfleet/planner';
import type { Registries } from '@regfleet/registry';
import { refillContent } from '@regfleet/relay';
import { interruptSignal } from '@regfleet/runtime';
import { askedRegistries } from '../asked-registries.ts';
import { configFile, readConfig } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { EXIT, exitCodeOfAll } from '../exit-code.ts';
import { formatError } from '../output/errors.ts';
import { createProgress, type Progress } from '../output/progress.ts';
import { counted } from '../output/quantities.ts';
import { tasksNamed } from '../tasks.ts';
import { toldOnce } from '../told-once.ts';

export interface CheckFlags {
  readonly task?: readonly string[];
  readonly deep: boolean;
  readonly repair: boolean;
  readonly requests?: number;
}

interface CheckedProblem {
  /** The image that needs it, at the target. */
  readonly image: string;
  readonly kind: 'image' | ContentProblem['kind'];
  readonly name: string;
  /** Of an image as a whole: as `plan` has it. */
  readonly state: ContentProblem['state'] | 'stale';
  readonly isRepaired: boolean;
  /** Why it is not known, or was not repaired. */
  readonly error?: SerialisedSyncError;
}

interface CheckedTask {
  readonly task: string;
  readonly images: number;
  readonly blobs: number;
  readonly problems: readonly CheckedProblem[];
  readonly errors: readonly SerialisedSyncError[];
  /** True: the requests were used up before all was checked. */
  readonly isCut: boolean;
}

/** Checks what the targets of tasks hold, and prints what is wrong. */
export async function check(context: CommandContext, flags: CheckFlags): Promise<void> {
  const { terminal, options, finish } = context;
  const config = await readConfig(configFile(options().config, terminal.env), terminal);
  const tasks = flags.task === undefined ? config.tasks : tasksNamed(config, flags.task);
  let requests = 0;
  const onRequest = (): void => {
    requests += 1;
  };
  const registries = askedRegistries(terminal, config, { command: 'check', onRequest });
  const progress = createProgress(terminal);
  const checked: CheckedTask[] = [];
  try {
    const isSpent = (): boolean => flags.requests !== undefined && requests >= flags.requests;
    for (const task of tasks)
      checked.push(await checkTask(task, { config, registries, flags, isSpent, progress }));
  } finally {
    progress.end();
    await registries.close();
  }
  terminal.out(options().json ? JSON.stringify(checked, undefined, 2) : checked.map(format).join('\n'));
  finish(codeOf(checked));
}

function codeOf(checked: readonly CheckedTask[]): number {
  const left = checked.flatMap(({ problems }) => problems.filter(({ isRepaired }) => !isRepaired));
  // What is missing or spoilt stays so, however often it is looked at.
  if (left.some(({ state, error }) => state !== 'unknown' || error === undefined)) return EXIT.failed;
  const errors = [...checked.flatMap((task) => task.errors), ...left.flatMap(({ error }) => error ?? [])];
  if (errors.length > 0) return exitCodeOfAll(errors);
  return checked.some(({ isCut }) => isCut) ? EXIT.temporary : EXIT.ok;
}

interface Means {
  readonly config: SyncConfig;
  readonly registries: Registries;
  readonly flags: CheckFlags;
  readonly progress: Progress;
  isSpent(): boolean;
}

/** Its targets one after the other: nobody waits for them, and they may have one limit. */
async function checkTask(task: Task, means: Means): Promise<CheckedTask> {
  const checked: CheckedTask[] = [];
  for (const one of targetTasks(task)) checked.push(await checkTarget(one, means));
  const sum = (key: 'images' | 'blobs'): number => checked.reduce((total, each) => total + each[key], 0);
  return {
    task: task.id,
    images: sum('images'),
    blobs: sum('blobs'),
    problems: checked.flatMap(({ problems }) => problems),
    errors: toldOnce(checked.map(({ errors }) => errors)),
    isCut: checked.some(({ isCut }) => isCut),
  };
}

async function checkTarget(task: TargetTask, means: Means): Promise<CheckedTask> {
  const { config, registries, flags, progress } = means;
  const signal = interruptSignal();
  const client = registries.connect(task.target);
  const content = new ContentCheck(client, { isDeep: flags.deep, signal });
  const anchors = new TargetAnchors(client);
  const ports = {
    client: (location: Task['source']) => registries.connect(location),
    lister: (location: Task['source']) => registries.lister(location, config.lister),
    // What a record says of a target is what is to be found out.
    records: { get: async () => undefined, set: async () => undefined },
  };
  const problems: CheckedProblem[] = [];
  const errors: SerialisedSyncError[] = [];
  let images = 0;
  let isCut = false;
  try {
    for await (const entry of planTask(task, ports, { signal })) {
      if (entry.kind === 'failure') errors.push(entry.error.toJSON());
      if (entry.kind !== 'image') continue;
      isCut = means.isSpent();
      if (isCut) break;
      images += 1;
      problems.push(
        ...(await checkImage(entry, { task, content, anchors, registries, repairs: flags.repair, signal })),
      );
      progress.update(
        () =>
          `${task.id}: ${counted(images, 'image')}, ${counted(content.blobCount, 'blob')}, ${problems.length} wrong`,
      );
    }
  } catch (error) {
    signal.throwIfAborted();
    errors.push(toSyncError(error).toJSON());
  }
  return { task: task.id, images, blobs: content.blobCount, problems, errors, isCut };
}

interface ImageMeans {
  readonly task: TargetTask;
  readonly content: ContentCheck;
  readonly anchors: TargetAnchors;
  readonly registries: Registries;
  readonly repairs: boolean;
  readonly signal: AbortSignal;
}

async function checkImage(
  { mapping: path, request, drift }: Extract<PlanEntry, { kind: 'image' }>,
  means: ImageMeans,
): Promise<CheckedProblem[]> {
  const image = formatReference(request.target);
  const error = drift.error?.toJSON();
  const whole = { image, kind: 'image', name: image, isRepaired: false } as const;
  if (drift.state === 'missing' || drift.state === 'unknown')
    return [{ ...whole, state: drift.state, ...(error !== undefined && { error }) }];
  const told: CheckedProblem[] = drift.state === 'stale' ? [{ ...whole, state: 'stale' }] : [];
  told.push(...(await checkContent(request, manifestName(request.target), means)));
  const mapping = means.task.mappings.find((each) => each.path === path);
  if (mapping?.history?.keep === undefined && mapping?.trail === undefined) return told;
  for (const { text } of await means.anchors.of(request.target, means.signal)) {
    const anchored = { ...request, target: { ...request.target, tag: text } };
    told.push(...(await checkContent(anchored, text, means)));
  }
  return told;
}

/** @param name - of a manifest of the target. */
async function checkContent(
  { source, target }: CopyRequest,
  name: string,
  { task, content, registries, repairs, signal }: ImageMeans,
): Promise<CheckedProblem[]> {
  const sides = {
    source: { client: registries.connect(task.source), repository: source.repository },
    target: { client: registries.connect(task.target), repository: target.repository },
    signal,
  };
  const told: CheckedProblem[] = [];
  for (const problem of await content.problemsOf(target.repository, name)) {
    const { kind, name: part, state } = problem;
    const isLost = state === 'missing' && (kind === 'blob' || isDigest(part));
    const end = repairs && isLost ? await tryRepair(sides, problem) : { isRepaired: false };
    const why = end.error ?? problem.error?.toJSON();
    told.push({
      image: formatReference(target),
      kind,
      name: part,
      state,
      isRepaired: end.isRepaired,
      ...(why !== undefined && { error: why }),
    });
  }
  return told;
}

async function tryRepair(
  sides: Parameters<typeof refillContent>[0],
  problem: ContentProblem,
): Promise<Pick<CheckedProblem, 'isRepaired' | 'error'>> {
  try {
    await refillContent(sides, problem);
    return { isRepaired: true };
  } catch (error) {
    sides.signal.throwIfAborted();
    return { isRepaired: false, error: toSyncError(error).toJSON() };
  }
}

function format({ task, images, blobs, problems, errors, isCut }: CheckedTask): string {
  const summary = `${task}: ${counted(images, 'image')} with ${counted(blobs, 'blob')} checked, ${problems.length} wrong`;
  return [
    summary,
    ...problems.map(problemLine),
    ...errors.map((error) => formatError(error)),
    ...(isCut ? ['  not all of it: --requests are used up'] : []),
  ].join('\n');
}

function problemLine({ image, kind, name, state, isRepaired, error }: CheckedProblem): string {
  const what = kind === 'image' ? image : `${kind} ${name} of ${image}`;
  const more = error === undefined ? '' : `; ${error.code}: ${error.message}`;
  return printable(`  ${isRepaired ? 'repaired' : state}: ${what}${more}`);
}

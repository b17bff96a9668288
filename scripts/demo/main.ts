import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  eventually,
  Regfleet,
  type Resource,
  startRedis,
  startRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import { mirroredTags } from './check.ts';
import { prepareConfig } from './config.ts';
import { lastRun, type Run } from './fleet.ts';
import { fillSource } from './images.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/quickstart.yaml', import.meta.url));
const REPOSITORIES = ['shop/web', 'shop/api', 'base/os', 'base/runtime'];
const TASKS = ['web-shop', 'base-images'];
const POLL_MS = 500;
const DEADLINE_MS = 90_000;

const say = (line: string): void => console.log(line);

/** Mirrors real images between two registries with a scheduler and two workers, and checks every digest. */
async function demo(resources: Resource[]): Promise<void> {
  const keep = async <Started extends Resource>(starting: Promise<Started>): Promise<Started> => {
    const started = await starting;
    resources.push(started);
    return started;
  };
  const folder = await keep(temporaryFolder());
  const { file, ports } = await prepareConfig(EXAMPLE, join(folder.path, 'quickstart.yaml'));
  await keep(startRedis({ port: ports.redis }));
  const source = await keep(startRegistry({ port: ports.source }));
  const target = await keep(startRegistry({ port: ports.target }));
  say(
    `redis at 127.0.0.1:${ports.redis}, source registry at ${source.host}, target registry at ${target.host}`,
  );

  const filled = await fillSource(source);
  say(
    `source filled: ${filled.length} tags in ${new Set(filled.map((tag) => tag.repository)).size} repositories`,
  );

  const fleet = new Regfleet({ config: file });
  const scheduler = await fleet.start('scheduler');
  const workers = [await fleet.start('worker'), await fleet.start('worker')];
  for (const { process } of [scheduler, ...workers]) resources.push(process);
  say(
    `scheduler ${scheduler.process.pid} and workers ${workers.map(({ process }) => process.pid).join(', ')} run ${file}`,
  );

  const startedAtMs = Date.now();
  say('\nfirst pass: web-shop fires by its interval, base-images by `regfleet enqueue`');
  const fired = await fleet.runTask('base-images');
  const first = [await ended(fleet, 'web-shop'), fired as Run];
  for (const run of first) say(describe(run));
  say(`mirrored in ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`);

  const mirrored = await mirroredTags(source.host, target.host, REPOSITORIES);
  const isEqual = (tag: (typeof mirrored)[number]): boolean => tag.source === tag.target;
  say('\nrepository       tag       digest on both sides, as skopeo sees it');
  for (const tag of mirrored) {
    say(
      `${tag.repository.padEnd(16)} ${tag.tag.padEnd(9)} ${isEqual(tag) ? tag.target : `DIFFERENT: ${tag.source} ${tag.target}`}`,
    );
  }

  say('\nsecond pass: nothing has changed, so nothing may be copied');
  const second = (await fleet.json(['enqueue', ...TASKS, '--wait'])) as Run[];
  for (const run of second) say(describe(run));
  await showMetrics(
    scheduler.url,
    workers.map(({ url }) => url),
  );

  verify(
    mirrored.length === first.reduce((sum, run) => sum + run.counts.selected, 0),
    'every selected tag is on the target',
  );
  verify(mirrored.every(isEqual), 'every digest is the same on both sides');
  verify(
    second.every(({ counts }) => counts.enqueued === 0 && counts.inSync === counts.selected),
    'the second pass copied nothing',
  );
}

/** Waits for the end of a task's run, printing how far it is. */
function ended(fleet: Regfleet, task: string): Promise<Run> {
  const look = async (): Promise<Run | undefined> => {
    const run = await lastRun(fleet, task);
    if (run !== undefined && run.outcome === undefined) say(`  ${describe(run)}`);
    return run?.outcome === undefined ? undefined : run;
  };
  return eventually(look, { deadlineMs: DEADLINE_MS, intervalMs: POLL_MS, what: `${task} to end` });
}

function describe({ task, outcome, counts }: Run): string {
  const { selected, inSync, copied, unchanged, failed } = counts;
  return (
    `${task}: ${outcome ?? 'running'}, ${selected} images selected, ${inSync} in sync, ` +
    `${copied} copied, ${unchanged} unchanged, ${failed} failed`
  );
}

async function showMetrics(scheduler: string, workers: readonly string[]): Promise<void> {
  say('\nfrom /metrics of the scheduler and of both workers:');
  for (const url of [scheduler, ...workers]) {
    const text = await (await fetch(`${url}/metrics`)).text();
    const wanted = /^regfleet_(?:runs|copies)_total\{.*[1-9]\d*$/gm;
    for (const line of text.match(wanted) ?? []) say(`  ${line}`);
  }
}

function verify(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`);
  say(`ok: ${what}`);
}

const resources: Resource[] = [];
try {
  await demo(resources);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const resource of resources.toReversed()) await resource.stop();
}

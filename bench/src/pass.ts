import { countingProxy, type LoggedRequest, runCommand, type TestRegistry } from '@regfleet/harness';
import type { Contender } from './contenders/contender.ts';
import { cpuTimeMs } from './process/cpu-time.ts';
import { runMeasured } from './process/measured-process.ts';
import { repeatedGets } from './repeated-gets.ts';
import type { Count, Pass } from './result.ts';
import type { Scene, Stage } from './stage.ts';
import { wrongTags } from './verify.ts';

/** How many tags of the target were not what the source has once the pass was over. */
interface Verified {
  readonly wrongTags: number;
}

/** One timed pass, registry to registry with nothing between but the distance that the stage wants. */
export async function timedPass(
  stage: Stage,
  contender: Contender,
  signal: AbortSignal,
): Promise<Pass & Verified> {
  await using scene = await stage.scene(contender);
  await using distance = await distanceOf(stage, scene);
  // What earlier passes have written must not be flushed on the time of this one.
  await runCommand(['sync'], { signal });
  const command = await contender.prepare(jobOf(stage, scene, distance));
  const busyMs = (): number => cpuTimeMs(stage.source.pid) + cpuTimeMs(scene.target.pid);
  const busyBeforeMs = busyMs();
  const cost = await runMeasured(command, signal);
  const registryCpuMs = busyMs() - busyBeforeMs;
  return {
    contender: contender.name,
    ...cost,
    registryCpuMs,
    wrongTags: await wrongTags(scene.target, stage.filled),
  };
}

interface Hosts {
  readonly sourceHost: string;
  readonly targetHost: string;
}

/** Where the registries are reached in a timed pass. */
async function distanceOf({ source, latencyMs }: Stage, { target }: Scene): Promise<Hosts & AsyncDisposable> {
  await using resources = new AsyncDisposableStack();
  const reached = async (registry: TestRegistry): Promise<string> =>
    latencyMs === 0 ? registry.host : resources.use(await countingProxy(registry, { latencyMs })).host;
  const hosts = { sourceHost: await reached(source), targetHost: await reached(target) };
  const owned = resources.move();
  return { ...hosts, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

export interface CountedPass extends Count, Verified {
  readonly log: Readonly<Record<'source' | 'target', readonly LoggedRequest[]>>;
}

/** One pass with a counting proxy before each registry. Its time is the proxy's too, and compared with nothing. */
export async function countedPass(
  stage: Stage,
  contender: Contender,
  signal: AbortSignal,
): Promise<CountedPass> {
  await using scene = await stage.scene(contender);
  await using source = await countingProxy(stage.source);
  await using target = await countingProxy(scene.target);
  const hosts = { sourceHost: source.host, targetHost: target.host };
  const command = await contender.prepare(jobOf(stage, scene, hosts));
  const { durationMs } = await runMeasured(command, signal);
  return {
    contender: contender.name,
    source: source.requests.summary(),
    target: target.requests.summary(),
    connections: source.connections() + target.connections(),
    repeatedSourceGets: repeatedGets(source.requests.all, stage.filled),
    durationMs,
    wrongTags: await wrongTags(scene.target, stage.filled),
    log: { source: source.requests.all, target: target.requests.all },
  };
}

const jobOf = (stage: Stage, { folder, home }: Scene, { sourceHost, targetHost }: Hosts) => ({
  sourceHost,
  targetHost,
  repositories: stage.repositories,
  folder,
  home,
});

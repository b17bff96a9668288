import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type FilledTag,
  fillRegistry,
  type RepositoryFill,
  startRegistry,
  type TestRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import type { Contender } from './contenders/contender.ts';
import type { Programs } from './peers/programs.ts';
import { imageFolder } from './storage.ts';

export interface Subject {
  readonly fills: readonly RepositoryFill[];
  /** What the target holds before the first pass; absent: each pass has a target of its own without content. */
  readonly targetFills?: readonly RepositoryFill[];
  /** How far both registries are away in timed passes: what each request waits; absent: loopback alone. */
  readonly latencyMs?: number;
}

/** The state from which one pass starts. */
export interface Scene extends AsyncDisposable {
  readonly target: TestRegistry;
  readonly folder: string;
  readonly home: string;
}

interface StageParts {
  readonly program: Programs['registry'];
  readonly source: TestRegistry;
  /** Serves all passes; absent: each has its own. */
  readonly keptTarget: TestRegistry | undefined;
  readonly filled: readonly FilledTag[];
  readonly latencyMs: number;
  readonly folder: string;
  readonly resources: AsyncDisposable;
}

/** A filled source, and targets in the state that a workload wants. */
export class Stage implements AsyncDisposable {
  readonly #parts: StageParts;

  private constructor(parts: StageParts) {
    this.#parts = parts;
  }

  static async open(
    { fills, targetFills, latencyMs = 0 }: Subject,
    program: Programs['registry'],
  ): Promise<Stage> {
    await using resources = new AsyncDisposableStack();
    const source = await openRegistry(resources, program);
    const keptTarget = targetFills && (await openRegistry(resources, program));
    const { path: folder } = resources.use(await temporaryFolder());
    const filled = await fillRegistry(source, fills);
    if (keptTarget !== undefined) await fillRegistry(keptTarget, targetFills ?? []);
    return new Stage({ program, source, keptTarget, filled, latencyMs, folder, resources: resources.move() });
  }

  get source(): TestRegistry {
    return this.#parts.source;
  }

  get filled(): readonly FilledTag[] {
    return this.#parts.filled;
  }

  get latencyMs(): number {
    return this.#parts.latencyMs;
  }

  get repositories(): readonly string[] {
    return [...new Set(this.filled.map(({ repository }) => repository))];
  }

  /** One that holds nothing. */
  target(resources: AsyncDisposableStack): Promise<TestRegistry> {
    return openRegistry(resources, this.#parts.program);
  }

  /** What a contender keeps between its runs survives only where the target does. */
  async scene(contender: Contender): Promise<Scene> {
    const { keptTarget } = this.#parts;
    await using resources = new AsyncDisposableStack();
    const target = keptTarget ?? (await openRegistry(resources, this.#parts.program));
    const { path: folder } = resources.use(await temporaryFolder());
    const home = join(keptTarget ? this.#parts.folder : folder, contender.name.replaceAll(/\W+/g, '-'));
    await mkdir(home, { recursive: true });
    const owned = resources.move();
    return { target, folder, home, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.resources[Symbol.asyncDispose]();
  }
}

async function openRegistry(
  resources: AsyncDisposableStack,
  { path: program }: Programs['registry'],
): Promise<TestRegistry> {
  const { path: dir } = resources.use(await imageFolder());
  return resources.use(await startRegistry({ dir, program }));
}

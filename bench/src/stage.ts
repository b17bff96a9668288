import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type FilledTag,
  fillRegistry,
  type RepositoryFill,
  startRegistry,
  type TemporaryFolder,
  type TestRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import type { Contender } from './contenders/contender.ts';

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

/** A filled source, and targets in the state that a workload wants. */
export class Stage implements AsyncDisposable {
  readonly source: TestRegistry;
  readonly filled: readonly FilledTag[];
  readonly latencyMs: number;
  readonly #folder: TemporaryFolder;
  /** Serves all passes; absent: each has its own. */
  readonly #keptTarget: TestRegistry | undefined;

  private constructor(
    registries: { source: TestRegistry; keptTarget: TestRegistry | undefined },
    content: { filled: readonly FilledTag[]; latencyMs: number },
    folder: TemporaryFolder,
  ) {
    this.source = registries.source;
    this.#keptTarget = registries.keptTarget;
    this.filled = content.filled;
    this.latencyMs = content.latencyMs;
    this.#folder = folder;
  }

  static async open({ fills, targetFills, latencyMs = 0 }: Subject): Promise<Stage> {
    await using resources = new AsyncDisposableStack();
    const source = resources.use(await startRegistry());
    const keptTarget = targetFills && resources.use(await startRegistry());
    const folder = resources.use(await temporaryFolder());
    const filled = await fillRegistry(source, fills);
    if (keptTarget !== undefined) await fillRegistry(keptTarget, targetFills ?? []);
    resources.move();
    return new Stage({ source, keptTarget }, { filled, latencyMs }, folder);
  }

  get repositories(): readonly string[] {
    return [...new Set(this.filled.map(({ repository }) => repository))];
  }

  /** What a contender keeps between its runs survives only where the target does. */
  async scene(contender: Contender): Promise<Scene> {
    await using resources = new AsyncDisposableStack();
    const target = this.#keptTarget ?? resources.use(await startRegistry());
    const folder = resources.use(await temporaryFolder());
    const home = join(
      this.#keptTarget ? this.#folder.path : folder.path,
      contender.name.replaceAll(' ', '-'),
    );
    await mkdir(home, { recursive: true });
    const owned = resources.move();
    return { target, folder: folder.path, home, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder.stop();
    await this.#keptTarget?.stop();
    await this.source.stop();
  }
}

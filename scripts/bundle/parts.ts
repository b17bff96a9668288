import { relative } from 'node:path';
import type { OutputAsset, OutputChunk, OutputOptions } from 'rolldown';
import { ROOT } from '../check/run.ts';

const ACTION = (name: string): string => `apps/cli/src/actions/${name}.ts`;

/**
 * The files that most commands start from, each by those that need all of it: it holds what they share and no earlier one holds. Whoever needs
 * something of it loads the whole, so nobody is named with one who needs much less.
 */
const PARTS: Record<string, readonly string[]> = {
  start: ['apps/cli/src/main.ts'],
  config: [ACTION('status'), ACTION('sync')],
  fleet: [ACTION('status'), ACTION('worker')],
  copies: [ACTION('copy'), ACTION('sync')],
  registries: [ACTION('plan'), ACTION('sync')],
  round: [ACTION('sync')],
  service: [ACTION('up'), ACTION('worker')],
};

// Needed by the bundler's own file, which all others need first.
const FIRST = '\0builtin:module';

/**
 * Puts together what the bundler has split into a file for each set of those that load it: of some 60 files each costs a start the looking up, the
 * reading and the linking of what is exported, a fifth of an empty `sync`.
 *
 * @param split - what the bundler makes by itself of the same sources.
 */
export function joinParts(
  split: readonly (OutputChunk | OutputAsset)[],
): Pick<OutputOptions, 'codeSplitting'> {
  const chunks = new Map(
    split.filter((file) => file.type === 'chunk').map((chunk) => [chunk.fileName, chunk]),
  );
  const partOf = new Map<string, string>();
  for (const [part, entries] of Object.entries(PARTS)) {
    const shared = entries
      .map((entry) => loadedWith(entry, chunks))
      .reduce((some, others) => some.intersection(others));
    const modules = [...shared].flatMap((chunk) => sharedModules(chunk));
    for (const id of modules) if (!partOf.has(id)) partOf.set(id, part);
  }
  return {
    codeSplitting: {
      // All that a part needs is in it or in an earlier one.
      includeDependenciesRecursively: false,
      groups: [{ name: (id) => partOf.get(id) ?? null, debugName: 'parts' }],
    },
  };
}

/** The file of an entry and all that is loaded before it. */
function loadedWith(entry: string, chunks: ReadonlyMap<string, OutputChunk>): Set<OutputChunk> {
  const loaded = new Set<OutputChunk>();
  const load = (chunk: OutputChunk): void => {
    if (loaded.has(chunk)) return;
    loaded.add(chunk);
    for (const name of chunk.imports) {
      const imported = chunks.get(name);
      if (imported !== undefined) load(imported);
    }
  };
  const first = [...chunks.values()].find(
    ({ facadeModuleId }) => facadeModuleId !== null && relative(ROOT, facadeModuleId) === entry,
  );
  if (first === undefined) throw new Error(`the bundle has no file of ${entry}`);
  load(first);
  return loaded;
}

/** What others may load is not within what waits for its end, as the first file of all does. */
const sharedModules = ({ isEntry, isDynamicEntry, moduleIds }: OutputChunk): string[] =>
  isEntry || isDynamicEntry ? [] : moduleIds.filter((id) => id !== FIRST);

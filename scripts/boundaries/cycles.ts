import { posix } from 'node:path';
import type { SourceFile } from './repository.ts';
import { TYPE_CYCLES } from './table.ts';

/** What is wrong with how files import each other, one sentence each; chains as `a -> b -> a`, one per group. */
export function cycleViolations(files: readonly SourceFile[], allowed = TYPE_CYCLES): string[] {
  const loaded = findCycles(files, (found) => !found.isTypeOnly);
  const ofTypes = findCycles(files, () => true).filter((cycle) => !loaded.includes(cycle));
  const paths = new Set(files.map(({ path }) => path));
  const isOver = (cycle: string): boolean =>
    cycle.split(ARROW).some((path) => paths.has(path)) && !ofTypes.includes(cycle);
  return [
    ...loaded.map((cycle) => `cycle: ${cycle}`),
    ...ofTypes.filter((cycle) => !(cycle in allowed)).map((cycle) => `cycle of types: ${cycle}`),
    ...Object.keys(allowed)
      .filter(isOver)
      .map((cycle) => `no cycle of types, though the table has it: ${cycle}`),
  ];
}

const ARROW = ' -> ';

type IsEdge = (found: SourceFile['imports'][number]) => boolean;

function findCycles(files: readonly SourceFile[], isEdge: IsEdge): string[] {
  const edges = new Map(files.map((file) => [file.path, targets(file, isEdge)]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push(chainOf(trail.slice(start)));
    if (start >= 0 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return cycles;
}

/** Begins with the file whose path comes first, wherever it was entered. */
function chainOf(ring: readonly string[]): string {
  const [first = ''] = ring.toSorted();
  const at = ring.indexOf(first);
  return [...ring.slice(at), ...ring.slice(0, at), first].join(ARROW);
}

const targets = (file: SourceFile, isEdge: IsEdge): string[] =>
  file.imports
    .filter((found) => found.specifier.startsWith('.') && isEdge(found))
    .map((found) => posix.join(posix.dirname(file.path), found.specifier));

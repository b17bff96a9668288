import { posix } from 'node:path';
import type { SourceFile } from './repository.ts';

/** Chains of files that import each other, each as `a -> b -> a`; one per group. Types alone make no cycle: nothing is loaded for them. */
export function findCycles(files: readonly SourceFile[]): string[] {
  const edges = new Map(files.map((file) => [file.path, targets(file)]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path].join(' -> '));
    if (start >= 0 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return cycles;
}

const targets = (file: SourceFile): string[] =>
  file.imports
    .filter((found) => found.specifier.startsWith('.') && !found.isTypeOnly)
    .map((found) => posix.join(posix.dirname(file.path), found.specifier));

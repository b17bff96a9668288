import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const START = '<!-- generated:packages -->';
const END = '<!-- /generated:packages -->';

/** `docs/architecture.md` with the graph of packages as their manifests declare it. */
export function architecturePage(): string {
  const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  const [before = '', rest = ''] = page.split(START);
  const [, after = ''] = rest.split(END);
  return `${before}${START}\n\n${packageGraph()}\n\n${END}${after}`;
}

/** A Mermaid graph: an arrow from each package to those it imports, leaving out what follows from other arrows. */
function packageGraph(): string {
  const imports = new Map(['apps', 'libs'].flatMap(packagesIn));
  const arrows = [...imports].flatMap(([from, all]) =>
    direct(all, imports).map((to) => `  ${from} --> ${to}`),
  );
  return ['```mermaid', 'graph TD', ...arrows, '```'].join('\n');
}

function packagesIn(folder: string): (readonly [string, readonly string[]])[] {
  return readdirSync(join(ROOT, folder))
    .sort()
    .map((name) => {
      const manifest = JSON.parse(readFileSync(join(ROOT, folder, name, 'package.json'), 'utf8')) as {
        dependencies?: Record<string, string>;
      };
      const ours = Object.keys(manifest.dependencies ?? {}).filter((dependency) =>
        dependency.startsWith('@regfleet/'),
      );
      return [name, ours.map((dependency) => dependency.replace('@regfleet/', ''))] as const;
    });
}

/** Imports that no other import brings in already. */
function direct(all: readonly string[], imports: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const reach = (name: string): string[] =>
    (imports.get(name) ?? []).flatMap((next) => [next, ...reach(next)]);
  return all.filter(
    (candidate) => !all.some((other) => other !== candidate && reach(other).includes(candidate)),
  );
}

import { posix } from 'node:path';
import { cycleViolations } from './cycles.ts';
import type { Import } from './imports.ts';
import type { Manifest, Repository, SourceFile } from './repository.ts';
import { FOLDER_ORDER, IMPORT_TABLE, type PackageRule, TEST_FILE } from './table.ts';

const SCOPE = '@regfleet/';
/** What other packages test themselves with. */
const SUITE = '/contract';
const PROCESS_EVENTS = /(?<![\w.$])process\s*\.\s*(?:on|once|addListener|prependListener)\s*\(/;

/** Everything in which the repository departs from the import table, one sentence each, with file and line. */
export function findViolations(repository: Repository): string[] {
  return [
    ...repository.files.flatMap((file) => [
      ...file.imports.flatMap((found) => report(file, found, importViolation(file, found, repository))),
      ...signalViolation(file),
    ]),
    ...cycleViolations(repository.files),
    ...unplacedFolders(repository.files),
  ];
}

const report = (file: SourceFile, found: Import, violation: string | undefined): string[] =>
  violation === undefined ? [] : [`${file.path}:${found.line} ${violation}`];

const isTest = (file: SourceFile): boolean => TEST_FILE.test(file.path);

function importViolation(
  file: SourceFile,
  { specifier }: Import,
  repository: Repository,
): string | undefined {
  if (specifier.startsWith('.')) return relativeViolation(file, specifier, repository);
  const rule = IMPORT_TABLE[file.package];
  if (specifier.startsWith('node:')) return builtinViolation(file, specifier, rule);
  const name = packageName(specifier);
  const undeclared = declarationViolation(file, name, repository.manifests);
  if (undeclared !== undefined) return undeclared;
  if (name.startsWith(SCOPE)) {
    const isSuite = specifier === `${name}${SUITE}` && isTest(file);
    if (specifier !== name && !isSuite)
      return `imports "${specifier}": a package is imported by its name alone`;
    return ownViolation(file, name.slice(SCOPE.length), rule);
  }
  return rule === undefined || isTest(file) ? undefined : libraryViolation(name, rule);
}

// Has the one version of all packages.
const ROOT_MANIFEST = 'package.json';

/** A relative import stays in its package; the root's own files share one. */
function relativeViolation(
  file: SourceFile,
  specifier: string,
  { manifests }: Repository,
): string | undefined {
  const target = posix.join(posix.dirname(file.path), specifier);
  if (target === ROOT_MANIFEST) return undefined;
  const owner = [...manifests.keys()].find((folder) => target.startsWith(`${folder}/`)) ?? '.';
  if (owner !== file.package) return `reaches into ${owner}: import the package by its name`;
  if (isTest(file)) return undefined;
  if (TEST_FILE.test(target) && file.package in IMPORT_TABLE)
    return `imports ${target}, which is for tests only`;
  return folderViolation(file, target);
}

function folderViolation(file: SourceFile, target: string): string | undefined {
  const order = FOLDER_ORDER[file.package] ?? [];
  const [own, other] = [file.path, target].map((path) => {
    const [folder = ''] = path.slice(`${file.package}/src/`.length).split('/');
    return { folder, place: order.includes(folder) ? order.indexOf(folder) : order.length };
  });
  if (own === undefined || other === undefined || other.place <= own.place) return undefined;
  return `imports ${target}: ${own.folder} stands before ${other.folder} in ${file.package}`;
}

/** A folder without a place would be one that may import all. */
function unplacedFolders(files: readonly SourceFile[]): string[] {
  return Object.entries(FOLDER_ORDER).flatMap(([folder, order]) => {
    const inner = files
      .filter((file) => file.package === folder)
      .map(({ path }) => path.slice(`${folder}/src/`.length).split('/'))
      .flatMap(([first = '', ...rest]) => (rest.length > 0 ? [first] : []));
    return [...new Set(inner)]
      .filter((name) => !order.includes(name))
      .map((name) => `${folder}/src/${name} has no place in the order of folders`);
  });
}

function builtinViolation(
  file: SourceFile,
  specifier: string,
  rule: PackageRule | undefined,
): string | undefined {
  const mayNot = rule !== undefined && !isTest(file) && !rule.powers?.includes('subprocess');
  return specifier === 'node:child_process' && mayNot
    ? `imports ${specifier}: ${holders((other) => other.powers?.includes('subprocess'))} may start processes`
    : undefined;
}

/** What is shipped depends on `dependencies`; tests and tools may use what is declared for development as well. */
function declarationViolation(
  file: SourceFile,
  name: string,
  manifests: ReadonlyMap<string, Manifest>,
): string | undefined {
  const own = manifests.get(file.package);
  if (own === undefined || name === own.name) return undefined;
  const isShipped = file.package in IMPORT_TABLE && !isTest(file);
  if (own.dependencies.includes(name)) return undefined;
  if (isShipped)
    return `imports "${name}", which is not among the dependencies of ${file.package}/package.json`;
  // Workspaces are linked into the root, whose manifest does not name them.
  const isWorkspaceOfRoot = file.package === '.' && name.startsWith(SCOPE);
  const forDevelopment = [...own.devDependencies, ...(manifests.get('.')?.devDependencies ?? [])];
  return isWorkspaceOfRoot || forDevelopment.includes(name)
    ? undefined
    : `imports "${name}", which neither ${file.package}/package.json nor the root declares`;
}

function ownViolation(file: SourceFile, name: string, rule: PackageRule | undefined): string | undefined {
  if (rule === undefined || isTest(file) || rule.own.includes(name)) return undefined;
  return `imports ${name}: ${file.package} may import ${rule.own.join(', ') || 'no package of ours'}`;
}

function libraryViolation(name: string, rule: PackageRule): string | undefined {
  const lists = (other: PackageRule): boolean =>
    other.libraries.some((library) => (library.endsWith('/') ? name.startsWith(library) : name === library));
  if (lists(rule)) return undefined;
  const owners = holders(lists);
  return owners === ''
    ? `imports "${name}", which no package owns: add it to the import table`
    : `imports "${name}", which only ${owners} may import`;
}

function signalViolation(file: SourceFile): string[] {
  const rule = IMPORT_TABLE[file.package];
  if (rule === undefined || isTest(file) || rule.powers?.includes('signals')) return [];
  const found = PROCESS_EVENTS.exec(file.code);
  if (found === null) return [];
  const line = file.code.slice(0, found.index).split('\n').length;
  return [
    `${file.path}:${line} listens to events of the process: only ${holders((other) => other.powers?.includes('signals'))} may`,
  ];
}

function holders(has: (rule: PackageRule) => boolean | undefined): string {
  return Object.entries(IMPORT_TABLE)
    .filter(([, rule]) => has(rule))
    .map(([folder]) => folder)
    .join(', ');
}

/** `@scope/name/deep` -> `@scope/name`, `name/deep` -> `name`. */
function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

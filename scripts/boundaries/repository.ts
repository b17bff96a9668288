import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Import, importsOf, withoutComments } from './imports.ts';

export interface SourceFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  /** Folder of the package it belongs to; `.` for the root's own. */
  readonly package: string;
  readonly imports: readonly Import[];
  /** Without comments. */
  readonly code: string;
}

export interface Manifest {
  readonly name: string;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

/** Sources and manifests of every package, by folder. */
export interface Repository {
  readonly files: readonly SourceFile[];
  readonly manifests: ReadonlyMap<string, Manifest>;
}

const SOURCES = ['{apps,libs}/*/src/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts', 'test/**/*.ts', '*.ts'];
const MANIFESTS = [
  'package.json',
  '{apps,libs}/*/package.json',
  'bench/package.json',
  'test/harness/package.json',
];

const find = (root: string, patterns: readonly string[]): string[] =>
  globSync(patterns, { cwd: root, exclude: ['**/node_modules/**', '**/dist/**'] }).sort();

export function readRepository(root: string): Repository {
  const manifests = new Map(
    find(root, MANIFESTS).map((path) => [
      dirname(path),
      parseManifest(readFileSync(join(root, path), 'utf8')),
    ]),
  );
  const files = find(root, SOURCES).map((path) =>
    sourceFile(path, readFileSync(join(root, path), 'utf8'), [...manifests.keys()]),
  );
  return { files, manifests };
}

function parseManifest(text: string): Manifest {
  const {
    name,
    dependencies = {},
    devDependencies = {},
  } = JSON.parse(text) as {
    name: string;
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
  return { name, dependencies: Object.keys(dependencies), devDependencies: Object.keys(devDependencies) };
}

/** @param packages - folders of all packages. */
export function sourceFile(path: string, source: string, packages: readonly string[]): SourceFile {
  const owner = packages.find((folder) => path.startsWith(`${folder}/`)) ?? '.';
  return { path, package: owner, imports: importsOf(source), code: withoutComments(source) };
}

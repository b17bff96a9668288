import { describe, expect, it } from 'vitest';
import { cycleViolations } from './cycles.ts';
import { type Manifest, sourceFile } from './repository.ts';
import { findViolations } from './violations.ts';

const manifest = (name: string, dependencies: string[], devDependencies: string[] = []): Manifest => ({
  name,
  dependencies,
  devDependencies,
});

const MANIFESTS = new Map([
  ['.', manifest('regfleet', [], ['vitest'])],
  ['libs/model', manifest('@regfleet/model', ['@regfleet/queue'])],
  [
    'libs/queue',
    manifest('@regfleet/queue', ['@regfleet/model', 'bullmq', 'undici', 'left-pad'], ['@regfleet/harness']),
  ],
  ['libs/registry', manifest('@regfleet/registry', ['@aws-sdk/client-ecr'])],
  ['test/harness', manifest('@regfleet/harness', ['@regfleet/model'])],
]);

/** Violations of a repository with these files, by path. */
const violations = (files: Record<string, string>): string[] =>
  findViolations({
    manifests: MANIFESTS,
    files: Object.entries(files).map(([path, source]) => sourceFile(path, source, [...MANIFESTS.keys()])),
  });

const inQueue = (source: string): string[] => violations({ 'libs/queue/src/a.ts': source });

describe('scripts/boundaries/violations', () => {
  it.each([
    "import { a } from '@regfleet/model';",
    "import { Queue } from 'bullmq';",
    "import { join } from 'node:path';",
    "import { a } from './b.ts';",
    "import regfleet from '../../../package.json' with { type: 'json' };",
  ])('allows %s in libs/queue', (source) => {
    expect(inQueue(source)).toEqual([]);
  });

  it('allows a scope that the table names', () => {
    expect(violations({ 'libs/registry/src/a.ts': "await import('@aws-sdk/client-ecr');" })).toEqual([]);
  });

  it.each([
    [
      "import { a } from '@regfleet/model/src/a.ts';",
      'imports "@regfleet/model/src/a.ts": a package is imported by its name alone',
    ],
    ["import { a } from '../../model/src/a.ts';", 'reaches into libs/model: import the package by its name'],
    ["import { a } from 'undici';", 'imports "undici", which only libs/registry may import'],
    [
      "import { a } from 'left-pad';",
      'imports "left-pad", which no package owns: add it to the import table',
    ],
    [
      "import { a } from 'zod';",
      'imports "zod", which is not among the dependencies of libs/queue/package.json',
    ],
    [
      "import { a } from '@regfleet/harness';",
      'imports "@regfleet/harness", which is not among the dependencies of libs/queue/package.json',
    ],
    [
      "import { a } from 'vitest';",
      'imports "vitest", which is not among the dependencies of libs/queue/package.json',
    ],
    ["import { a } from './a.test.ts';", 'imports libs/queue/src/a.test.ts, which is for tests only'],
    [
      "import { spawn } from 'node:child_process';",
      'imports node:child_process: libs/registry, libs/relay, libs/runtime may start processes',
    ],
    ["process.once('SIGTERM', stop);", 'listens to events of the process: only libs/runtime, apps/cli may'],
  ])('refuses %s in libs/queue', (source, why) => {
    expect(inQueue(`\n${source}`)).toEqual([`libs/queue/src/a.ts:2 ${why}`]);
  });

  it('keeps the folders of a package in their order', () => {
    const inRegistry = (path: string, source: string): string[] =>
      violations({ [`libs/registry/src/${path}`]: source });
    expect(inRegistry('blobs/a.ts', "import { b } from '../http/b.ts';")).toEqual([]);
    expect(inRegistry('http/a.ts', "import { b } from './deep/b.ts';")).toEqual([]);
    expect(inRegistry('a.ts', "import { b } from './listers/b.ts';")).toEqual([]);
    expect(inRegistry('http/a.ts', "import type { B } from '../contract.ts';")).toEqual([]);
    expect(inRegistry('http/a.test.ts', "import { b } from '../blobs/b.ts';")).toEqual([]);
    expect(inRegistry('http/a.ts', "import type { B } from '../blobs/b.ts';")).toEqual([
      'libs/registry/src/http/a.ts:1 imports libs/registry/src/blobs/b.ts: http stands before blobs in libs/registry',
    ]);
    expect(inRegistry('lists/a.ts', "import { b } from '../b.ts';")).toEqual([
      'libs/registry/src/lists/a.ts:1 imports libs/registry/src/b.ts: lists stands before b.ts in libs/registry',
    ]);
  });

  it('keeps the folders of the queue in their order', () => {
    const inOrder = { 'libs/queue/src/runs/a.ts': "import type { B } from '../jobs/b.ts';" };
    expect(violations(inOrder)).toEqual([]);
    expect(violations({ 'libs/queue/src/jobs/a.ts': "import type { B } from '../runs/b.ts';" })).toEqual([
      'libs/queue/src/jobs/a.ts:1 imports libs/queue/src/runs/b.ts: jobs stands before runs in libs/queue',
    ]);
  });

  it('wants a place for each folder of a package whose folders have an order', () => {
    expect(violations({ 'libs/queue/src/attic/a.ts': '', 'libs/relay/src/attic/a.ts': '' })).toEqual([
      'libs/queue/src/attic has no place in the order of folders',
    ]);
  });

  it('refuses an import against the direction, declared or not', () => {
    expect(violations({ 'libs/model/src/a.ts': "import type { A } from '@regfleet/queue';" })).toEqual([
      'libs/model/src/a.ts:1 imports queue: libs/model may import no package of ours',
    ]);
  });

  it('lets tests use what is declared for development, and start processes', () => {
    const source = "import 'vitest'; \nimport '@regfleet/harness';\nimport 'node:child_process';";
    expect(violations({ 'libs/queue/src/a.component.test.ts': source })).toEqual([]);
  });

  it("lets tests, and nothing else, use the suite by which another package's kind is tested", () => {
    const source = "import { a } from '@regfleet/model/contract';";
    expect(violations({ 'libs/queue/src/a.component.test.ts': source })).toEqual([]);
    expect(violations({ 'libs/queue/src/a.ts': source })).toEqual([
      'libs/queue/src/a.ts:1 imports "@regfleet/model/contract": a package is imported by its name alone',
    ]);
  });

  it('refuses what is declared nowhere in tests, too', () => {
    expect(violations({ 'libs/model/src/a.test.ts': "import '@regfleet/harness';" })).toEqual([
      'libs/model/src/a.test.ts:1 imports "@regfleet/harness", which neither libs/model/package.json nor the root declares',
    ]);
  });

  it('lets scripts import any package by its name, but not by its files', () => {
    expect(violations({ 'scripts/a.ts': "import '@regfleet/queue';" })).toEqual([]);
    expect(violations({ 'scripts/a.ts': "import '../libs/queue/src/a.ts';" })).toHaveLength(1);
  });

  it('tells a cycle once, whole', () => {
    const files = {
      'libs/fleet/src/a.ts': "import './b.ts';",
      'libs/fleet/src/b.ts': "import './inner/c.ts';",
      'libs/fleet/src/inner/c.ts': "import '../a.ts';",
    };
    expect(violations(files)).toEqual([
      'cycle: libs/fleet/src/a.ts -> libs/fleet/src/b.ts -> libs/fleet/src/inner/c.ts -> libs/fleet/src/a.ts',
    ]);
  });

  it('tells a cycle that types make apart from one that is loaded, from the same file on wherever it is entered', () => {
    const files = {
      'libs/queue/src/0.ts': "import './b.ts';",
      'libs/queue/src/a.ts': "import type { B } from './b.ts';",
      'libs/queue/src/b.ts': "import { a } from './a.ts';",
    };
    expect(violations(files)).toEqual([
      'cycle of types: libs/queue/src/a.ts -> libs/queue/src/b.ts -> libs/queue/src/a.ts',
    ]);
  });

  it('allows a cycle of types that the table has, as long as it is one', () => {
    const allowed = { 'a.ts -> b.ts -> a.ts': 'docs/adr/0001-packages-and-direction.md' };
    const told = (source: string): string[] =>
      cycleViolations(
        [sourceFile('a.ts', "import './b.ts';", ['.']), sourceFile('b.ts', source, ['.'])],
        allowed,
      );
    expect(told("import type { A } from './a.ts';")).toEqual([]);
    expect(told("import './a.ts';")).toContain('cycle: a.ts -> b.ts -> a.ts');
    expect(told('')).toEqual(['no cycle of types, though the table has it: a.ts -> b.ts -> a.ts']);
  });
});

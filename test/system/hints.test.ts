import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configJsonSchema } from '@regfleet/config';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const TABLE = 'libs/registry/src/errors/hints.ts';

// Names in quotes that are others' words.
const FOREIGN: ReadonlySet<string> = new Set(['realm', 'permissions']);

/** The names of all keys that a config file may have, at any depth. */
function configKeys(schema: unknown): ReadonlySet<string> {
  if (typeof schema !== 'object' || schema === null) return new Set();
  const properties = 'properties' in schema ? Object.keys(schema.properties ?? {}) : [];
  return new Set([...properties, ...Object.values(schema).flatMap((part) => [...configKeys(part)])]);
}

/** Shipped sources but for the config's, whose hints are about the writing of YAML. */
const sources = ['libs', 'apps']
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  )
  .filter((path) => /^\w+\/(?!config\/)\w+\/src\/.*(?<!\.(?:test|contract|fixture))\.ts$/.test(path));

/** Keys in quotes in the hints of a file: `"skip-tls-verify: true"` names one. */
function namedKeys(path: string): readonly string[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const hints = path === TABLE ? [text] : (text.match(/(?:hint:|HINT =)\s*(['`]).*?\1/gs) ?? []);
  return hints.flatMap((hint) =>
    [...hint.matchAll(/"([a-z]+(?:-[a-z]+)*)(?::[^"\n]*)?"/g)].map(([, key = '']) => key),
  );
}

describe('system: hints', () => {
  it('name no key that a config file does not have', () => {
    const keys = configKeys(configJsonSchema());
    const unknown = sources.flatMap((path) =>
      namedKeys(path)
        .filter((key) => !keys.has(key) && !FOREIGN.has(key))
        .map((key) => `${path}: ${key}`),
    );
    expect(unknown).toEqual([]);
  });

  it('are found', () => {
    expect(namedKeys(TABLE)).not.toEqual([]);
    expect(sources.flatMap(namedKeys)).toEqual(expect.arrayContaining(['auth', 'skip-tls-verify']));
  });
});

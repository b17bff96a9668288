import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pageOf } from './named-tests.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const SOURCES = globSync('{libs,apps}/*/src/**/*.ts', { cwd: ROOT })
  .filter((path) => !/\.(?:test|contract|fixture)\.ts$/.test(path))
  .sort();

/** Words of names that mean in our code what they mean everywhere. */
const PLAIN = `
  alias answer aws batch body bound bounded by cache call capability certificate change children client clock close
  concurrency connect connection connector content context count create creator cron deadline decision decodable
  definition dep depth detail dispatcher document early ecr ended entry error event file first flaw flight followed
  follower google head held idle in interim invalid key known last left list load local lock log logger login lookup map
  memory metric name new not notice option own page parse parsed part pattern place port problem process proxied
  put question queue read reader readiness received refused regex renewing result retry rule seen serialised setting shared
  shutdown single size socket start status steady step stream time timeout tls token told traffic tree under unreadable url
  verified wait watch watched watcher way work yaml
`
  .split(/\s+/)
  .filter((word) => word !== '');

const singular = (word: string): string =>
  word
    .replace(/ies$/, 'y')
    .replace(/(?<=ss|x|ch)es$/, '')
    .replace(/(?<=...)(?<![asiu])s$/, '');

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '')
    .map(singular);

const [intro = '', ...sections] = pageOf('glossary.md').split('\n## ');

/** What the page explains, as it writes it. */
const TERMS = sections.flatMap((section) =>
  [...section.matchAll(/^\| ([^|]+) \|/gm)].slice(1).flatMap(([, cell = '']) => cell.split(', ')),
);

/** The words that OCI explains. */
const OCI_TERMS = /define them: ([^.]*)\./.exec(intro)?.[1]?.split(/,\s+/) ?? [];

const EXPLAINED = new Set([...TERMS, ...OCI_TERMS].flatMap(wordsOf));

const namesIn = (path: string, form: RegExp): string[] =>
  [...read(path).matchAll(form)].map(([, name = '']) => name);

const CLASSES = SOURCES.flatMap((path) => namesIn(path, /^export (?:abstract )?class (\w+)/gm));

/** Those that packages give each other. */
const INTERFACES = SOURCES.filter((path) => path.endsWith('/src/index.ts')).flatMap((index) =>
  [...read(index).matchAll(/^export (?:type )?(\*|\{[^}]*\}) from '(.*)'/gm)].flatMap(
    ([, what = '', from = '']) =>
      namesIn(join(dirname(index), from), /^export interface (\w+)/gm).filter(
        (name) => what === '*' || new RegExp(`\\b${name}\\b`).test(what),
      ),
  ),
);

const NAMES = [...new Set([...CLASSES, ...INTERFACES])].sort();

const wordsOfName = (name: string): string[] => wordsOf(name.replace(/(?<=[a-z])(?=[A-Z])/g, ' '));

describe('docs/glossary.md', () => {
  it('is compared with names', () => {
    expect(NAMES).toEqual(expect.arrayContaining(['RunTally', 'Permits', 'SyncError']));
  });

  it.each(NAMES)('explains each word of %s that is not a plain one', (name) => {
    const unknown = wordsOfName(name).filter((word) => !EXPLAINED.has(word) && !PLAIN.includes(word));
    expect(unknown).toEqual([]);
  });

  it('lets no word be plain that no name has, or that it explains', () => {
    const used = new Set(NAMES.flatMap(wordsOfName));
    expect(PLAIN.filter((word) => !used.has(word) || EXPLAINED.has(word))).toEqual([]);
  });

  it('explains no word twice', () => {
    expect(TERMS.filter((term, place) => TERMS.indexOf(term) !== place)).toEqual([]);
  });

  it('explains no word that the code does not use', () => {
    const code = SOURCES.map(read).join('\n');
    const isUsed = (term: string): boolean =>
      new RegExp(term.replaceAll(/[ -]/g, '[ -]?'), 'i').test(code) ||
      new RegExp(wordsOf(term).join('\\w*[ -]?'), 'i').test(code);
    expect(TERMS.filter((term) => !isUsed(term))).toEqual([]);
  });
});

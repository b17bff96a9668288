import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCS = join(import.meta.dirname, '../docs');

/** A page of the documentation. */
export const pageOf = (name: string): string => readFileSync(join(DOCS, name), 'utf8');

export interface NamedTest {
  /** From the folder of the page. */
  readonly file: string;
  readonly title: string;
}

/** The tests that a text names, each as `[words](file), "title"`. */
export const namedTests = (text: string): NamedTest[] =>
  [...text.matchAll(/\[[^\]]+\]\(([^)]+\.test\.ts)\), "([^"]+)"/g)].map(([, file = '', title = '']) => ({
    file,
    title,
  }));

/** True: the file has a test of this title. */
export function isThere({ file, title }: NamedTest): boolean {
  const source = readFileSync(join(DOCS, file), 'utf8');
  return ["'", '`'].some((quote) => source.includes(`${quote}${title}${quote},`));
}

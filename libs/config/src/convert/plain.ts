import { SyncError } from '@regfleet/model';
import { parse } from 'yaml';
import type { ConvertNote } from './contract.ts';

export type Dictionary = Readonly<Record<string, unknown>>;

/** The file as plain data. @throws {SyncError} `CONFIG_UNREADABLE` where it is no YAML, or no dictionary. */
export function readDictionary(text: string, file: string): Dictionary {
  const value = parsed(text);
  if (isDictionary(value)) return value;
  throw new SyncError('CONFIG_UNREADABLE', {
    message: `${file} is no YAML with keys at its top`,
    hint: 'name the config of the other tool',
  });
}

/** Why it is no YAML is not told: the words of the parser may quote a password. */
function parsed(text: string): unknown {
  try {
    return parse(text, { uniqueKeys: false, maxAliasCount: 100 });
  } catch {
    return undefined;
  }
}

export const isDictionary = (value: unknown): value is Dictionary =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const dictionaryOf = (value: unknown): Dictionary => (isDictionary(value) ? value : {});

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;

/** Texts of a list; what is no text is none of them. */
export const textsOf = (value: unknown): readonly string[] =>
  listOf(value).flatMap((entry) => textOf(entry) ?? []);

/** Collects what there is to be said. */
export class ConvertNotes {
  readonly #notes: ConvertNote[] = [];

  get all(): readonly ConvertNote[] {
    return this.#notes;
  }

  /** What has no equal, and is not missed by what is chosen. */
  add(path: string, message: string): void {
    this.#notes.push({ path, message, isLeftOut: false });
  }

  /** @returns undefined, in place of what is left out. */
  leftOut(path: string, message: string): undefined {
    this.#notes.push({ path, message, isLeftOut: true });
  }

  /** One note for each key that is there. */
  addUnknown(path: string, given: Dictionary, known: Readonly<Record<string, string | undefined>>): void {
    for (const key of Object.keys(given)) {
      if (!(key in known)) this.add(`${path}.${key}`, 'is not known, and was passed over');
      else if (known[key] !== undefined) this.add(`${path}.${key}`, known[key]);
    }
  }
}

/** A name that no other has, of letters, digits and dashes. */
export class TaskNames {
  readonly #taken = new Set<string>();

  next(wish: string): string {
    const plain = wish.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'sync';
    let name = plain;
    for (let count = 2; this.#taken.has(name); count += 1) name = `${plain}-${count}`;
    this.#taken.add(name);
    return name;
  }
}

/** The name of a variable that takes a secret's place. */
export const variableFor = (registry: string): string =>
  `${registry.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_PASSWORD`;

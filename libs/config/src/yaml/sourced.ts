import type { Fields, ValueOf } from '../schema/field.ts';

/** Where in the file something stands. */
export interface Place {
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  /** e.g. `tasks[0].mappings[1].from`; empty for the file as a whole. */
  readonly path: string;
}

export interface Sourced<T> {
  readonly value: T;
  readonly at: Place;
}

/** A section of the file, read by its schema. */
export interface Section<Keys extends Fields> {
  readonly at: Place;
  /** Keys with a usable value; absent, null and wrongly typed ones are not there. */
  readonly fields: { readonly [Key in keyof Keys]?: Sourced<ValueOf<Keys[Key]>> };
  /** Every known key that is written, with or without a usable value. */
  readonly written: ReadonlyMap<string, Place>;
  /** Keys with a value of the wrong type, which has been reported. */
  readonly broken: ReadonlySet<string>;
}

/** The place to blame for a key: where it is written, else the section. */
export function placeOf<Keys extends Fields>(section: Section<Keys>, key: keyof Keys & string): Place {
  return (
    section.fields[key]?.at ??
    section.written.get(key) ?? { ...section.at, path: pathOf(section.at.path, key) }
  );
}

export const pathOf = (parent: string, key: string): string => (parent === '' ? key : `${parent}.${key}`);

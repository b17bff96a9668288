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

interface Read {
  readonly at: Place;
  readonly fields: Readonly<Record<string, Sourced<unknown> | undefined>>;
  readonly written: ReadonlyMap<string, Place>;
}

/** The place to blame for a key: where it is written, else the section. */
export function placeOf<Section extends Read>(
  section: Section,
  key: keyof Section['fields'] & string,
): Place {
  return (
    section.fields[key]?.at ??
    section.written.get(key) ?? { ...section.at, path: pathOf(section.at.path, key) }
  );
}

export const pathOf = (parent: string, key: string): string => (parent === '' ? key : `${parent}.${key}`);

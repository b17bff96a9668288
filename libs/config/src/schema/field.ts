import type { Place, Sourced } from '../yaml/sourced.ts';

/** What the config reference and the JSON Schema say about a key. */
interface Description {
  /** What the key means, for an operator; Markdown of one line. */
  readonly about: string;
  /** What an absent key means, as the reference prints it; absent: nothing. */
  readonly fallback?: string;
  /** Values as an operator would write them. */
  readonly examples?: readonly (string | number | boolean)[];
  /** True: the config is invalid without it. */
  readonly required?: boolean;
  /** True: dregsy does not know this key. */
  readonly extension?: boolean;
  /** True: the value is never printed. */
  readonly secret?: boolean;
  readonly deprecated?: Deprecation;
}

interface Deprecation {
  /** Who deprecated it first. */
  readonly since: string;
  /** What to write instead. */
  readonly instead: string;
}

export interface TextField extends Description {
  readonly kind: 'text';
  /** What editors offer; the section that owns the key checks it. */
  readonly choices?: readonly string[];
}

/** One text, or a list of texts. */
interface TextsField extends Description {
  readonly kind: 'texts';
}

interface FlagField extends Description {
  readonly kind: 'flag';
}

export interface IntegerField extends Description {
  readonly kind: 'integer';
  /** A fraction is cut off, as dregsy does it; absent: it is an error. */
  readonly cutsFractions?: boolean;
  /** For editors; the section that owns the key checks it. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** True: 0 is allowed below the minimum. */
  readonly isZeroFine?: boolean;
}

/** Milliseconds once read. */
interface DurationField extends Description {
  readonly kind: 'duration';
}

export interface ListField<Item extends Field = Field> extends Description {
  readonly kind: 'list';
  readonly item: Item;
}

/** A mapping with keys of the operator's choice. */
export interface DictionaryField<Item extends SectionField | TextField = SectionField | TextField>
  extends Description {
  readonly kind: 'dictionary';
  /** What the keys are, e.g. `host[:port]`. */
  readonly keys: string;
  readonly item: Item;
}

export interface SectionField<Keys extends Fields = Fields> extends Description {
  readonly kind: 'section';
  /** Heading in the reference. */
  readonly title: string;
  /** What the reference says below the heading; absent: `about`. */
  readonly intro?: string;
  readonly fields: Keys;
  /** Keys of sections or lists of them, of which one is written, and no more. */
  readonly oneOf?: readonly string[];
  /** True: `true` stands for a section of which nothing is said, and `false` for none. */
  readonly isFlagToo?: boolean;
  /** True: `Null` and `NULL` mean absent, as the other nulls do; else they mean present and empty. */
  readonly everyNullIsAbsent?: boolean;
  /** A whole config that shows the section. */
  readonly sample: string;
  /** Sentences on what differs from dregsy. */
  readonly differences?: readonly string[];
}

export type Field =
  | TextField
  | TextsField
  | FlagField
  | IntegerField
  | DurationField
  | ListField
  | DictionaryField
  | SectionField;

export type Fields = Readonly<Record<string, Field>>;

/** The type of a field's value once read. */
export type ValueOf<F extends Field> = F extends TextField
  ? string
  : F extends TextsField
    ? string | readonly Sourced<string>[]
    : F extends FlagField
      ? boolean
      : F extends IntegerField | DurationField
        ? number
        : F extends ListField<infer Item>
          ? readonly Sourced<Item extends SectionField ? ValueOf<Item> | undefined : ValueOf<Item>>[]
          : F extends DictionaryField<infer Item>
            ? ReadonlyMap<string, Item extends SectionField ? ValueOf<Item> : Sourced<ValueOf<Item>>>
            : F extends SectionField<infer Keys>
              ? Section<Keys>
              : never;

/** A section of the file, read by its schema. */
export interface Section<Keys extends Fields> {
  readonly at: Place;
  /** Keys with a usable value; absent, null and wrongly typed ones are not there. */
  readonly fields: { readonly [Key in keyof Keys]?: Sourced<ValueOf<Keys[Key]>> };
  /** Every known key that is written, with or without a usable value. */
  readonly written: ReadonlyMap<string, Place>;
  /** Keys with a value of the wrong type, which has been reported. */
  readonly broken: ReadonlySet<string>;
  /** True: `false` stands in its place. */
  readonly isOff?: boolean;
}

import { nearest } from '@regfleet/model';
import { isMap, isNode, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml';
import type { Report } from '../report.ts';
import type { DictionaryField, Field, Fields, ListField, SectionField, ValueOf } from '../schema/field.ts';
import { AliasFollower } from './aliases.ts';
import type { YamlDocument } from './document.ts';
import { eachPair } from './merge.ts';
import {
  isCapitalNull,
  isNull,
  readDuration,
  readFlag,
  readInteger,
  readWholeNumber,
  textOf,
} from './scalars.ts';
import { type Place, pathOf, type Sourced } from './sourced.ts';

/** A `Section` while it is read; merges and repeated keys add to it. */
interface Draft {
  readonly at: Place;
  readonly fields: Record<string, Sourced<unknown>>;
  readonly written: Map<string, Place>;
  readonly broken: Set<string>;
  readonly isOff?: boolean;
}

/** One key of a section that is being read. */
interface Slot {
  readonly draft: Draft;
  readonly key: string;
  /** Of the key. */
  readonly at: Place;
}

const WANTED: Readonly<Record<Field['kind'], { readonly what: string; readonly hint: string }>> = {
  text: { what: 'a single value', hint: 'write one value, no list and no mapping' },
  texts: {
    what: 'a single value or a list',
    hint: 'write one value, or each on its own line, beginning with "- "',
  },
  flag: { what: 'true or false', hint: 'write true or false, without quotes' },
  integer: { what: 'a whole number', hint: 'write digits, without quotes and without a unit' },
  duration: {
    what: 'a duration',
    hint: 'write a number with a unit: ms, s, m or h, e.g. 90s or 1h30m; days are not known',
  },
  list: { what: 'a list', hint: 'write each item on its own line, beginning with "- "' },
  dictionary: { what: 'a mapping', hint: 'write keys with a colon, indented below this one' },
  section: { what: 'a mapping', hint: 'write keys with a colon, indented below this one' },
};

/**
 * Reads a document by its schema, as go-yaml v2 decodes into typed structures.
 *
 * Values of the wrong type and unknown keys are reported, all of them; what remains is typed.
 *
 * @returns undefined when aliases or merges cannot be followed, which has been reported.
 */
export function readDocument<Keys extends Fields>(
  document: YamlDocument,
  schema: SectionField<Keys>,
  report: Report,
): ValueOf<SectionField<Keys>> | undefined {
  const draft = newDraft({ line: 1, column: 1, path: '' });
  const reader = new Reader(document, report);
  if (document.root !== undefined) reader.readRoot(document.root, schema, draft);
  if (reader.isBroken) return undefined;
  // The draft was filled by the schema that `Keys` stands for: the types follow the data here, once.
  return draft as unknown as ValueOf<SectionField<Keys>>;
}

const TEXT_LIST: ListField = { kind: 'list', item: { kind: 'text', about: '' }, about: '' };

const newDraft = (at: Place): Draft => ({ at, fields: {}, written: new Map(), broken: new Set() });

class Reader {
  readonly #document: YamlDocument;
  readonly #report: Report;
  readonly #aliases: AliasFollower;
  /** Anchored mappings are read once per use, but what is wrong inside is one thing to say. */
  readonly #unknownKeys = new Set<Node>();

  constructor(document: YamlDocument, report: Report) {
    this.#document = document;
    this.#report = report;
    this.#aliases = new AliasFollower(document, report);
  }

  get isBroken(): boolean {
    return this.#aliases.isBroken;
  }

  readRoot(root: Node, schema: SectionField, draft: Draft): void {
    this.#aliases.follow(root, (node) => {
      if (isMap(node)) this.#readPairs(node, schema.fields, draft);
      else if (!(isScalar(node) && isNull(node)))
        this.#mismatch(node, schema, this.#document.placeOf(node, ''));
    });
  }

  #readPairs(map: YAMLMap, fields: Fields, draft: Draft): void {
    eachPair(map, this.#aliases, (keyNode, valueNode) =>
      this.#aliases.follow(keyNode, (keyTarget) => {
        const key = isScalar(keyTarget) ? textOf(keyTarget) : undefined;
        if (key === undefined) {
          this.#mismatch(
            keyTarget,
            { kind: 'text', about: '' },
            this.#document.placeOf(keyTarget, draft.at.path),
          );
          return;
        }
        const at = this.#document.placeOf(keyTarget, pathOf(draft.at.path, key));
        const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
        if (field === undefined) this.#reportUnknown(keyTarget, { key, valueNode, at, fields });
        else this.#readKey(valueNode, field, { draft, key, at });
      }),
    );
  }

  #readKey(valueNode: unknown, field: Field, slot: Slot): void {
    const { draft, key, at } = slot;
    draft.written.set(key, at);
    this.#aliases.follow(valueNode, (node) => {
      if (isScalar(node) && isNull(node)) {
        this.#readNull(node, field, slot);
        return;
      }
      const value = this.#readValue(node, field, at, draft.fields[key]?.value);
      if (value === undefined) draft.broken.add(key);
      else draft.fields[key] = value;
    });
  }

  #readNull(node: Scalar, field: Field, { draft, key, at }: Slot): void {
    const isPresent = field.kind === 'section' && field.everyNullIsAbsent !== true && isCapitalNull(node);
    if (isPresent) draft.fields[key] = { value: newDraft(at), at };
    else delete draft.fields[key];
  }

  /** Undefined when the type is wrong, which has been reported. */
  #readValue(node: Node, field: Field, at: Place, earlier: unknown): Sourced<unknown> | undefined {
    switch (field.kind) {
      case 'list':
        return isSeq(node)
          ? { value: this.#readList(node.items, field, at.path), at }
          : this.#mismatch(node, field, at);
      case 'texts':
        return isSeq(node)
          ? { value: this.#readList(node.items, TEXT_LIST, at.path), at }
          : this.#readScalar(node, field, at.path);
      case 'section':
        if (isMap(node)) return { value: this.#readSection(node, field, at, earlier), at };
        return flagSection(node, field, at) ?? this.#mismatch(node, field, at);
      case 'dictionary':
        return isMap(node)
          ? { value: this.#readDictionary(node, field, at, earlier), at }
          : this.#mismatch(node, field, at);
      default:
        return this.#readScalar(node, field, at.path);
    }
  }

  #readScalar(node: Node, field: Field, path: string): Sourced<unknown> | undefined {
    const at = this.#document.placeOf(node, path);
    const value = isScalar(node) ? scalarValue(node, field) : undefined;
    if (value === undefined) return this.#mismatch(node, field, at);
    if (field.kind === 'duration' && isScalar(node) && Number(value) > 0 && readInteger(node) !== undefined) {
      this.#report.warning(at, {
        rule: 'duration-without-unit',
        message: `${textOf(node)} without a unit means nanoseconds`,
        hint: `write ${textOf(node)}s for seconds`,
      });
    }
    return { value, at };
  }

  #readSection(map: YAMLMap, field: SectionField, at: Place, earlier: unknown): Draft {
    // A section that is there already, from a merge or a repeated key, keeps what is not overridden.
    const previous = earlier as Draft | undefined;
    const draft = previous === undefined || previous.isOff ? newDraft(at) : { ...previous, at };
    this.#readPairs(map, field.fields, draft);
    return draft;
  }

  #readList(items: readonly unknown[], { item }: ListField, path: string): Sourced<unknown>[] {
    const values: Sourced<unknown>[] = [];
    for (const [index, itemNode] of items.entries()) {
      this.#aliases.follow(itemNode, (node) => {
        const at = this.#document.placeOf(node, `${path}[${index}]`);
        const value =
          isScalar(node) && isNull(node)
            ? nullItem(node, item, at)
            : this.#readValue(node, item, at, undefined);
        if (value !== undefined) values.push(value);
      });
    }
    return values;
  }

  #readDictionary(map: YAMLMap, field: DictionaryField, at: Place, earlier: unknown): Map<string, unknown> {
    const entries = (earlier as Map<string, unknown> | undefined) ?? new Map<string, unknown>();
    eachPair(map, this.#aliases, (keyNode, valueNode) =>
      this.#aliases.follow(keyNode, (keyTarget) => {
        const key = isScalar(keyTarget) ? textOf(keyTarget) : '';
        const keyAt = this.#document.placeOf(keyTarget, pathOf(at.path, key));
        this.#aliases.follow(valueNode, (node) => {
          const value = this.#readEntry(node, field.item, keyAt, entries.get(key));
          if (value !== undefined) entries.set(key, value);
        });
      }),
    );
    return entries;
  }

  /** A section, or a text with its place; undefined when it is neither, which has been reported, or a text is null. */
  #readEntry(node: Node, item: DictionaryField['item'], at: Place, earlier: unknown): unknown {
    if (item.kind === 'text')
      return isScalar(node) && isNull(node) ? undefined : this.#readScalar(node, item, at.path);
    if (isMap(node)) return this.#readSection(node, item, at, earlier);
    return isScalar(node) && isNull(node) ? newDraft(at) : this.#mismatch(node, item, at);
  }

  #reportUnknown(
    keyTarget: Node,
    unknown: { key: string; valueNode: unknown; at: Place; fields: Fields },
  ): void {
    const { key, valueNode, at, fields } = unknown;
    const isDefinition =
      key.startsWith('x-') || (isNode(valueNode) && this.#document.holdsUsedAnchor(valueNode));
    if (isDefinition || this.#unknownKeys.has(keyTarget)) return;
    this.#unknownKeys.add(keyTarget);
    const known = Object.keys(fields).filter((name) => fields[name]?.deprecated === undefined);
    const close = nearest(key, known);
    this.#report.warning(at, {
      rule: 'key-unknown',
      message: `unknown key "${key}", ignored`,
      hint: close === undefined ? `known here: ${known.join(', ')}` : `did you mean "${close}"?`,
    });
  }

  #mismatch(node: Node, field: Field, at: Place): undefined {
    const { what, hint } = wantedOf(field);
    this.#report.error(at, {
      rule: 'type-mismatch',
      message: `expected ${what}, found ${nameOf(node, field)}`,
      hint,
    });
    return undefined;
  }
}

const wantedOf = (field: Field): (typeof WANTED)[Field['kind']] =>
  field.kind === 'section' && field.isFlagToo === true
    ? { what: 'true, false or a mapping', hint: 'write true, or keys with a colon, indented below this one' }
    : WANTED[field.kind];

/** What `true` or `false` in the place of a section means; undefined: it is neither, or means nothing there. */
function flagSection(node: Node, field: SectionField, at: Place): Sourced<Draft> | undefined {
  const flag = field.isFlagToo && isScalar(node) ? readFlag(node) : undefined;
  return flag === undefined ? undefined : { value: { ...newDraft(at), ...(!flag && { isOff: true }) }, at };
}

function scalarValue(node: Scalar, field: Field): string | boolean | number | undefined {
  if (field.kind === 'text' || field.kind === 'texts') return textOf(node);
  if (field.kind === 'flag') return readFlag(node);
  if (field.kind !== 'integer') return readDuration(node);
  return field.cutsFractions ? readInteger(node) : readWholeNumber(node);
}

function nullItem(node: Scalar, item: Field, at: Place): Sourced<unknown> {
  if (item.kind === 'section') return { value: isCapitalNull(node) ? newDraft(at) : undefined, at };
  return { value: '', at };
}

// Only values that cannot be a secret are shown.
function nameOf(node: Node, wanted: Field): string {
  if (isSeq(node)) return 'a list';
  if (isMap(node)) return 'a mapping';
  const isTyped = wanted.kind === 'flag' || wanted.kind === 'integer' || wanted.kind === 'duration';
  if (!isTyped || !isScalar(node)) return 'a single value';
  return node.type === 'PLAIN' ? `"${textOf(node)}"` : `the quoted text "${textOf(node)}"`;
}

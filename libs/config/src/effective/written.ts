import { namedVariables } from '../credentials/environment.ts';
import type { Field, Fields, Section } from '../schema/field.ts';
import { pathOf, type Sourced } from '../yaml/sourced.ts';
import { durationText, type Leaf, type Leaves, MASK, type WrittenPlace } from './leaf.ts';

/** Keys whose value may name variables of the environment. */
const EXPANDED = new Set(['auth', 'username', 'password', 'url', 'sentinel-username']);

export interface Written {
  /** What is written, secrets masked. */
  readonly leaves: Leaves;
  /** Where each key of the schema is written, also those that hold others. */
  readonly places: Map<string, WrittenPlace>;
  /** Keys of the operator's choice below which there are more, by the path that they stand under. */
  readonly names: Map<string, readonly string[]>;
}

/** Adds what a section says, and the sections below it. */
export function collectWritten(section: Section<Fields>, fields: Fields, written: Written): void {
  for (const [key, field] of Object.entries(fields)) {
    const entry: Sourced<unknown> | undefined = section.fields[key];
    if (entry === undefined) continue;
    const path = pathOf(section.at.path, key);
    const variables = typeof entry.value === 'string' && EXPANDED.has(key) ? namedVariables(entry.value) : [];
    written.places.set(path, { ...entry.at, path, variables });
    if (field.deprecated === undefined) collectField(entry.value, { field, path, written });
  }
}

function collectField(value: unknown, slot: { field: Field; path: string; written: Written }): void {
  const { field, path, written } = slot;
  for (const [inner, fields] of innerSections(value, field)) collectWritten(inner, fields, written);
  if (field.kind === 'dictionary' && field.item.kind === 'section')
    written.names.set(path, [...(value as ReadonlyMap<string, unknown>).keys()]);
  const own = leafValue(value, field);
  if (own !== undefined) written.leaves.set(path, { value: own, keys: [path] });
}

const isSection = (value: unknown): value is Section<Fields> =>
  typeof value === 'object' && value !== null && 'fields' in value;

function innerSections(value: unknown, field: Field): (readonly [Section<Fields>, Fields])[] {
  if (field.kind === 'section') return isSection(value) ? [[value, field.fields]] : [];
  if (field.kind !== 'list' && field.kind !== 'dictionary') return [];
  const { item } = field;
  if (item.kind !== 'section') return [];
  const items =
    field.kind === 'list'
      ? (value as readonly Sourced<unknown>[]).map((entry) => entry.value)
      : [...(value as ReadonlyMap<string, unknown>).values()];
  return items.filter(isSection).map((section) => [section, item.fields] as const);
}

/** Absent: it is made of values of its own. */
function leafValue(value: unknown, field: Field): Leaf['value'] | undefined {
  if (field.secret) return field.kind === 'dictionary' ? masked(value as ReadonlyMap<string, unknown>) : MASK;
  switch (field.kind) {
    case 'section':
      return field.isFlagToo && isSection(value) && Object.keys(value.fields).length === 0
        ? value.isOff !== true
        : undefined;
    case 'dictionary':
      return field.item.kind === 'text' ? textsOf(value as ReadonlyMap<string, Sourced<string>>) : undefined;
    case 'list':
      return field.item.kind === 'text' ? listOf(value as readonly Sourced<string>[]) : undefined;
    case 'texts':
      return typeof value === 'string' ? value : listOf(value as readonly Sourced<string>[]);
    case 'duration':
      return durationText(value as number);
    default:
      return value as string | number | boolean;
  }
}

const listOf = (items: readonly Sourced<string>[]): string[] => items.map(({ value }) => value);

const masked = (items: ReadonlyMap<string, unknown>): Record<string, string> =>
  Object.fromEntries([...items.keys()].map((key) => [key, MASK]));

const textsOf = (items: ReadonlyMap<string, Sourced<string>>): Record<string, string> =>
  Object.fromEntries([...items].map(([key, { value }]) => [key, value]));

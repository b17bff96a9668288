import { DURATION_PATTERN } from '../yaml/duration.ts';
import { FLAG_WORDS } from '../yaml/scalars.ts';
import { configSchema } from './config.ts';
import type { Field, IntegerField, SectionField } from './field.ts';
import { sectionsOf } from './sections.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

const SCHEMA_ID = 'urn:regfleet:config.schema.json';

/**
 * Editors show it as a warning, as `regfleet validate` does: to forbid such keys would call a file wrong that is taken. JSON
 * Schema itself has no word for that; `deprecationMessage` is that of the language servers for JSON and YAML.
 *
 * @see https://github.com/microsoft/vscode-json-languageservice
 */
const UNKNOWN_KEY = {
  description: 'No key of Regfleet, which ignores it.',
  deprecated: true,
  deprecationMessage: 'unknown key, ignored; keys that begin with x- are free',
} as const;

/**
 * The config file as JSON Schema, for editors: it refuses what `regfleet validate` calls an error by its form, and marks what that
 * warns of.
 */
export function configJsonSchema(): JsonSchema {
  const [root, ...sections] = sectionsOf(configSchema);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: SCHEMA_ID,
    title: 'Regfleet config',
    ...(root && objectSchema(root)),
    $defs: Object.fromEntries(sections.map((section) => [nameOf(section), objectSchema(section)])),
  };
}

function objectSchema(section: SectionField): JsonSchema {
  const keys = Object.entries(section.fields as Readonly<Record<string, Field>>);
  const required = keys.filter(([, field]) => field.required === true).map(([key]) => key);
  return {
    description: section.intro ?? section.about,
    type: ['object', 'null'],
    properties: Object.fromEntries(keys.map(([key, field]) => [key, fieldSchema(field)])),
    patternProperties: { '^x-': true },
    additionalProperties: UNKNOWN_KEY,
    ...(required.length > 0 && { required }),
    ...(section.oneOf && { oneOf: section.oneOf.map((key) => onlyKey(key, section)) }),
  };
}

/** An object that has the key; one that says nothing of it (null) has it not. */
function onlyKey(key: string, { fields }: SectionField): JsonSchema {
  const type = fields[key]?.kind === 'list' ? 'array' : 'object';
  return { type: 'object', properties: { [key]: { type } }, required: [key] };
}

function fieldSchema(field: Field): JsonSchema {
  const fallback = field.fallback === undefined ? '' : ` Default: ${field.fallback}.`;
  const instead = field.deprecated === undefined ? '' : ` Write \`${field.deprecated.instead}\` instead.`;
  return {
    description: `${field.about}${fallback}${instead}`,
    ...valueSchema(field),
    ...(field.examples && { examples: field.examples }),
    ...(field.deprecated && { deprecated: true }),
  };
}

function valueSchema(field: Field): JsonSchema {
  const nothing = field.required === true ? [] : ['null'];
  switch (field.kind) {
    case 'text':
      if (field.choices !== undefined) return { enum: [...field.choices, ...nothing.map(() => null)] };
      // A number or a word such as yes is taken as it is written.
      return { type: ['string', 'number', 'boolean', ...nothing] };
    case 'texts': {
      const one = { type: ['string', 'number', 'boolean'] };
      return { anyOf: [{ type: [...one.type, ...nothing] }, { type: 'array', items: one }] };
    }
    case 'flag':
      return { type: ['boolean', 'string', 'null'], pattern: `^(${FLAG_WORDS.join('|')})$` };
    case 'integer':
      return integerSchema(field);
    case 'duration':
      return { type: ['string', 'number', 'null'], pattern: DURATION_PATTERN };
    case 'list':
      return { type: ['array', 'null'], items: fieldSchema(field.item) };
    case 'dictionary':
      return { type: ['object', 'null'], additionalProperties: fieldSchema(field.item) };
    case 'section':
      return field.isFlagToo === true
        ? { anyOf: [{ type: 'boolean' }, { $ref: `#/$defs/${nameOf(field)}` }] }
        : { $ref: `#/$defs/${nameOf(field)}` };
  }
}

/** From the least to the most, and 0 where that means something of its own; of a fraction that is cut off counts what is left. */
function integerSchema({ minimum, maximum, isZeroFine, cutsFractions }: IntegerField): JsonSchema {
  const cuts = cutsFractions === true;
  const type = cuts ? 'number' : 'integer';
  const range = {
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && (cuts ? { exclusiveMaximum: maximum + 1 } : { maximum })),
  };
  if (isZeroFine !== true) return { type: [type, 'null'], ...range };
  const zero = cuts ? { exclusiveMinimum: -1, exclusiveMaximum: 1 } : { const: 0 };
  return { anyOf: [{ type, ...range }, { type, ...zero }, { type: 'null' }] };
}

const nameOf = (section: SectionField): string => section.title.replaceAll(' ', '-');

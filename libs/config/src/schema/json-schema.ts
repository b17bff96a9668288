import { DURATION_PATTERN } from '../yaml/duration.ts';
import { FLAG_WORDS } from '../yaml/scalars.ts';
import { configSchema } from './config.ts';
import type { Field, SectionField } from './field.ts';
import { sectionsOf } from './sections.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The config file as JSON Schema, for editors.
 *
 * It forbids unknown keys, which `regfleet validate` only warns of: an editor has no other way to mark a slip.
 */
export function configJsonSchema(): JsonSchema {
  const [root, ...sections] = sectionsOf(configSchema);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
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
    additionalProperties: false,
    ...(required.length > 0 && { required }),
  };
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
    case 'flag':
      return { type: ['boolean', 'string', 'null'], pattern: `^(${FLAG_WORDS.join('|')})$` };
    case 'integer':
      return {
        type: ['integer', 'null'],
        ...(field.minimum !== undefined && { minimum: field.minimum }),
      };
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

const nameOf = (section: SectionField): string => section.title.replaceAll(' ', '-');

import { configSchema } from './config.ts';
import type { Field, SectionField } from './field.ts';
import { REFERENCE_END, REFERENCE_START } from './reference-text.ts';
import { innerSection, sectionsOf } from './sections.ts';

/** `docs/config.md`: every key with type, default and meaning, an example per section, and what differs from dregsy. */
export function configReference(): string {
  const sections = sectionsOf(configSchema).map(sectionText);
  return [REFERENCE_START, ...sections, REFERENCE_END].join('\n');
}

function sectionText(section: SectionField): string {
  const rows = Object.entries(section.fields).map(([key, field]) => row(key, field));
  return [
    `## ${section.title}`,
    '',
    section.intro ?? section.about,
    '',
    '| Key | Type | Default | Meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
    '```yaml',
    `${section.sample}\`\`\``,
    ...differences(section),
    '',
  ].join('\n');
}

function differences({ differences: sentences = [] }: SectionField): string[] {
  if (sentences.length === 0) return [];
  return ['', 'Differences from dregsy:', '', ...sentences.map((sentence) => `- ${sentence}`)];
}

function row(key: string, field: Field): string {
  const fallback = field.required === true ? '**required**' : (field.fallback ?? '');
  return `| ${[`\`${key}\``, typeOf(field), fallback, meaningOf(field)].map(cell).join(' | ')} |`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function meaningOf(field: Field): string {
  const choices =
    field.kind === 'text' && field.choices ? ` One of ${field.choices.map(code).join(', ')}.` : '';
  const examples = field.examples?.length ? ` E.g. ${field.examples.map(code).join(', ')}.` : '';
  const origin = field.extension === true ? ' *Not in dregsy.*' : '';
  const { deprecated } = field;
  const advice = deprecated
    ? ` **Deprecated** since ${deprecated.since}: write ${code(deprecated.instead)}.`
    : '';
  return `${field.about}${choices}${examples}${origin}${advice}`;
}

const code = (value: string | number | boolean): string => `\`${value}\``;

const NAMES = {
  text: 'text',
  texts: 'text, or list of text',
  flag: 'true/false',
  integer: 'number',
  duration: 'duration',
} as const;

function typeOf(field: Field): string {
  const inner = innerSection(field);
  const link = inner === undefined ? '' : `[${inner.title}](#${anchorOf(inner.title)})`;
  switch (field.kind) {
    case 'list':
      return inner === undefined ? `list of ${typeOf(field.item)}` : `list of ${link}`;
    case 'dictionary':
      return `\`${field.keys}\`: ${link || typeOf(field.item)}`;
    case 'section':
      return field.isFlagToo === true ? `${NAMES.flag} or ${link}` : link;
    default:
      return NAMES[field.kind];
  }
}

// As GitHub makes anchors of headings.
const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');

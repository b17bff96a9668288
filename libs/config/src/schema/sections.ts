import type { Field, SectionField } from './field.ts';

/** Every section below `root` in reading order, `root` first; one that is used in several places comes once. */
export function sectionsOf(root: SectionField): readonly SectionField[] {
  const byTitle = new Map<string, SectionField>();
  collect(root, byTitle);
  return [...byTitle.values()];
}

function collect(section: SectionField, byTitle: Map<string, SectionField>): void {
  if (byTitle.has(section.title)) return;
  byTitle.set(section.title, section);
  for (const field of Object.values(section.fields)) {
    const inner = innerSection(field);
    if (inner !== undefined) collect(inner, byTitle);
  }
}

/** The section that a field holds, itself or in its items. */
export function innerSection(field: Field): SectionField | undefined {
  if (field.kind === 'section') return field;
  return field.kind === 'list' || field.kind === 'dictionary' ? innerSection(field.item) : undefined;
}

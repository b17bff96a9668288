import { type ConvertNotes, type Dictionary, textOf } from './plain.ts';

// A tag alone: a whole reference would go to another repository.
const TEMPLATE = /^([\w][\w.-]*)?\{\{\s*\.Ref\.Tag\s*\}\}([\w.-]*)$/;

/** How what is overwritten is called; empty: nothing of it is kept, and a note says why where it was wanted. */
export function backupOf(
  given: Dictionary,
  defaults: Dictionary,
  { path, notes }: { readonly path: string; readonly notes: ConvertNotes },
): Dictionary {
  const text = textOf(given.backup ?? defaults.backup);
  if (!text) return {};
  const [, before = '', after = ''] = TEMPLATE.exec(text) ?? [];
  if (!TEMPLATE.test(text)) {
    notes.add(
      `${path}.backup`,
      'is no tag made of {{.Ref.Tag}} alone: what is overwritten is not kept; see backup in docs/config.md',
    );
    return {};
  }
  notes.add(`${path}.backup`, 'has the date in its name here, so that no backup overwrites another one');
  return { backup: `${before}{tag}${after}-{date}` };
}

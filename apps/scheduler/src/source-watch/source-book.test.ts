import { MOST_SOURCE_NOTES, type SourceNote } from '@regfleet/fleet';
import { parseDigest } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { SourceBook } from './source-book.ts';

const DAY_MS = 24 * 60 * 60_000;
const digest = (letter: string) => parseDigest(`sha256:${letter.repeat(64)}`);

const tag = (name: string, more: Partial<SourceNote> = {}): SourceNote => ({
  subject: 'tag',
  name,
  state: 'gone',
  sinceMs: Date.now() - 1_000,
  ...more,
});

const namesOf = (book: SourceBook): string[] => book.notes.map(({ name, state }) => `${name} ${state}`);

describe('scheduler/source-watch/source-book', () => {
  it('keeps since when something is so, until it is otherwise', () => {
    const known = tag('a');
    const book = new SourceBook([known]);
    expect(book.note({ subject: 'tag', name: 'a', state: 'gone' })).toBe(false);
    expect(book.notes).toEqual([known]);
    expect(book.note({ subject: 'tag', name: 'a', state: 'refused' })).toBe(true);
    expect(book.notes[0]?.sinceMs).toBeGreaterThan(known.sinceMs);
    expect(book.changes()).toMatchObject({
      notes: [{ state: 'refused' }],
      dropped: [],
      summary: { refused: { count: 1 } },
    });
    book.written(book.changes());
    expect(book.changes()).toMatchObject({ notes: [], dropped: [], summary: { refused: { count: 1 } } });
    book.isThere('tag', 'a');
    expect(book.changes()).toMatchObject({ notes: [], dropped: [{ name: 'a' }], summary: {} });
  });

  it('tells what was not written with what comes next', () => {
    const book = new SourceBook([]);
    book.note({ subject: 'tag', name: 'a', state: 'moved' });
    const failed = book.changes();
    book.note({ subject: 'tag', name: 'b', state: 'gone' });
    expect(book.changes().notes.map(({ name }) => name)).toEqual(['a', 'b']);
    book.written(failed);
    expect(book.changes().notes.map(({ name }) => name)).toEqual(['b']);
  });

  it('tells nothing of what came and went between two looks but that it went', () => {
    const book = new SourceBook([]);
    book.note({ subject: 'tag', name: 'a', state: 'failing' });
    book.isThere('tag', 'a');
    expect(book.changes()).toMatchObject({ notes: [], dropped: [{ name: 'a' }] });
  });

  it('knows of a tag that it has moved, also while it is gone, until it names the first image again', () => {
    const was = digest('a');
    const book = new SourceBook([tag('a', { state: 'moved', was })]);
    book.note({ subject: 'tag', name: 'a', state: 'moved', was: digest('b') });
    book.note({ subject: 'tag', name: 'a', state: 'gone' });
    expect(namesOf(book)).toEqual(['a gone', 'a moved']);
    expect(book.names('a', digest('b'))).toBe(false);
    book.isThere('tag', 'a');
    expect(book.notes).toMatchObject([{ state: 'moved', was }]);
    expect(book.names('a', was)).toBe(true);
    expect(book.notes).toEqual([]);
  });

  it('drops what a complete comparison did not come upon, but for what it could not while it is of the task', () => {
    const notes = ['list', 'other list'].map((name) => tag(name, { isByList: true }));
    const all = [...notes, tag('asked'), tag('moved', { state: 'moved', was: digest('a') })];
    const incomplete = new SourceBook(all);
    incomplete.end(false, () => false);
    expect(incomplete.notes).toHaveLength(4);
    const complete = new SourceBook(all);
    complete.end(true, ({ name }) => name !== 'other list');
    expect(namesOf(complete)).toEqual(['list gone', 'moved moved']);
  });

  it('tells for 30 days of what it does not come upon', () => {
    const sinceMs = Date.now() - 31 * DAY_MS;
    const book = new SourceBook([
      tag('asked', { sinceMs }),
      tag('seen', { sinceMs }),
      tag('list', { sinceMs, isByList: true }),
    ]);
    book.note({ subject: 'tag', name: 'seen', state: 'gone' });
    book.end(false, () => true);
    expect(namesOf(book)).toEqual(['seen gone']);
  });

  it('notes no more than so many', () => {
    const book = new SourceBook(Array.from({ length: MOST_SOURCE_NOTES }, (_, at) => tag(`${at}`)));
    expect(book.note({ subject: 'tag', name: 'one more', state: 'gone' })).toBe(false);
    book.isThere('tag', '0');
    expect(book.note({ subject: 'tag', name: 'one more', state: 'gone' })).toBe(true);
  });
});

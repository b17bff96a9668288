import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { listItems, withoutItems } from './list-items.ts';

const fuzz = inject('fuzz');

describe('model/json/list-items', () => {
  it('finds each element of the list that a key has, however it is written', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 6 }),
        fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }),
        fc.constantFrom(undefined, 1, 3, '\t'),
        (list, others, indent) => {
          const json = JSON.stringify({ ...others, list }, undefined, indent);
          const items = listItems(json, 'list') ?? [];
          const read = items.map(([from, to]) => JSON.parse(json.slice(from, to)));
          expect(read).toEqual(JSON.parse(JSON.stringify(list)));
        },
      ),
      fuzz,
    );
  });

  it('leaves what stays as if the others had never been there', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.jsonValue(), fc.boolean()), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(undefined, 3),
        (list, indent) => {
          fc.pre(list.some(([, isKept]) => isKept));
          const write = (values: readonly unknown[]) =>
            JSON.stringify({ before: 1, list: values, after: { list: [] } }, undefined, indent);
          const json = write(list.map(([value]) => value));
          const kept = list.filter(([, isKept]) => isKept).map(([value]) => value);
          const items = listItems(json, 'list') ?? [];
          expect(withoutItems(json, items, (index) => list[index]?.[1] === true)).toBe(write(kept));
        },
      ),
      fuzz,
    );
  });

  it.each([
    ['has the key twice', '{"list": [1], "list": [2]}'],
    ['spells it twice', '{"list": [1], "l\\u0069st": [2]}'],
    ['has it in another case as well', '{"list": [1], "List": [2]}'],
    ['has no list there', '{"list": {"list": [1]}}'],
    ['lacks the key', '{"other": [1]}'],
    ['is no object', '[{"list": [1]}]'],
  ])('finds nothing where the text %s', (_what, json) => {
    expect(JSON.parse(json)).toBeDefined();
    expect(listItems(json, 'list')).toBeUndefined();
  });
});

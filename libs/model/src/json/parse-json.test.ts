import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from './parse-json.ts';

describe('model/json/parse-json', () => {
  it('reads what is JSON, and nothing else', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value);
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
    for (const text of ['', '{', '"', '"\\\\', '<html>']) expect(parseJson(text)).toBeUndefined();
  });

  it('reads a list of 250,000 tags, and strings that look like a document', () => {
    const tags = Array.from({ length: 250_000 }, (_, number) => `v${number}`);
    expect(parseJson(JSON.stringify({ tags }))).toEqual({ tags });
    const strings = ['['.repeat(1_000), '\\"{'.repeat(1_000), '"[,'.repeat(2_000_000)];
    expect(parseJson(JSON.stringify(strings))).toEqual(strings);
  });

  it.each([
    ['as deep as it is long', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['of millions of objects', `[${'{},'.repeat(2_000_000)}{}]`],
    ['of millions of texts', `{"tags":[${'"",'.repeat(2_000_000)}""]}`],
  ])('does not read a document %s', (_title, text) => {
    expect(parseJson(text)).toBeUndefined();
  });
});

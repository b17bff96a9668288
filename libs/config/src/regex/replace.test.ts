import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRegex } from './compile.ts';
import { replaceAll } from './replace.ts';
import { parseTemplate } from './template.ts';

function replace(source: string, text: string, template: string): string {
  const compiled = compileRegex(source);
  if ('flaw' in compiled) throw new Error(compiled.flaw.message);
  return replaceAll(compiled.value, text, parseTemplate(template));
}

describe('config/regex/replace', () => {
  it.each([
    ['$1', 'b'],
    [`\${1}`, 'b'],
    ['$name', 'c'],
    [`\${name}`, 'c'],
    ['$0', 'abc'],
    ['$$', '$'],
    ['$$1', '$1'],
    ['$$$1', '$b'],
    ['$1x', ''],
    [`\${1}x`, 'bx'],
    ['$1-$2', 'b-c'],
    ['$3', ''],
    ['$other', ''],
    ['$01', ''],
    ['$', '$'],
    ['a$', 'a$'],
    ['$-1', '$-1'],
    [`\${`, `\${`],
    [`\${1`, `\${1`],
    [`\${}`, `\${}`],
    [`\${$1}`, `\${b}`],
    ['$é', ''],
    ['$1/$name,$$', 'b/c,$'],
    ['$1000000000', ''],
    ['$toString', ''],
  ])('expands the template %j to %j', (template, expected) => {
    expect(replace('a(b)(?P<name>c)', 'abc', template)).toBe(expected);
  });

  it.each([
    ['.*', '/ab', 'X', 'X'],
    ['a*', '/baaac', 'X', 'X/XbXcX'],
    ['', 'ab', '-', '-a-b-'],
    ['', '😀a', '-', '-😀-a-'],
    ['$', 'ab', 'X', 'abX'],
    ['^', '/ab', '/x', '/x/ab'],
    ['^a', 'aa', 'X', 'Xa'],
    ['a|', 'ab', 'X', 'XbX'],
    ['b', 'abcb', '', 'ac'],
    ['(a)|(b)', 'ab', '[$1$2]', '[a][b]'],
    ['\\b', 'ab cd', '|', '|ab| |cd|'],
    ['x', 'abc', 'y', 'abc'],
    ['a', '', 'b', ''],
    ['a*', '', 'b', 'b'],
  ])('replaces %j in %j by %j as Go does', (source, text, template, expected) => {
    expect(replace(source, text, template)).toBe(expected);
  });

  it.each([
    ['(?P<a>x)|(?P<a>y)', 'x-y', '[$a]', '[x]-[y]'],
    ['(?P<a>x)|(?P<a>y)', 'x-y', '[$2]', '[]-[y]'],
    ['(?<a>x)(?P<a>y)', 'xy', '[$a]', '[x]'],
    ['(?P<a>x)(?P<b>z)?|(?P<a>y)', 'xz-y', '[$a$b]', '[xz]-[y]'],
    ['(?P<a>x)(?P<a>y)(?P<a>z)(w)', 'xyzw', '$4$3$2$a', 'wzyx'],
    ['(?P<a>x)[(?P<a>]|(?P<a>y)', 'x(y', '<$a>', '<x><y>'],
    ['\\(?P<a>|\\Q(?P<a>\\E|(?P<a>y)', 'y', '<$a>', '<y>'],
  ])('takes names of groups that are repeated, as Go does: %j', (source, text, template, expected) => {
    expect(replace(source, text, template)).toBe(expected);
  });

  it('takes a template without a dollar sign literally', () => {
    const literal = fc.string().filter((text) => !text.includes('$'));
    fc.assert(
      fc.property(literal, (template) => {
        expect(replace('^.*$', 'name', template)).toBe(template);
      }),
    );
  });

  it('takes any text back whose dollar signs are doubled', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(replace('^(n)ame$', 'name', text.replaceAll('$', '$$$$'))).toBe(text);
      }),
    );
  });

  it('expands every template to what a reading one character at a time gives', () => {
    const piece = fc.constantFrom(
      '$',
      '$$',
      '{',
      '}',
      '1',
      '2',
      '0',
      '9',
      'n',
      'x',
      '_',
      'é',
      '-',
      '/',
      '😀',
      `\${1}`,
      `\${n}`,
      '$n',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const template = pieces.join('');
        const groups = new Map([
          ['0', 'ab'],
          ['1', 'a'],
          ['2', 'b'],
          ['n', 'b'],
        ]);
        expect(replace('^(a)(?P<n>b)$', 'ab', template)).toBe(expandByHand(template, groups));
      }),
    );
  });
});

/** The reference: consumes the template from its start, one literal or variable at a time. */
function expandByHand(template: string, groups: ReadonlyMap<string, string>): string {
  let result = '';
  let rest = template;
  while (rest !== '') {
    const [text, taken] = nextPiece(rest, groups);
    result += text;
    rest = rest.slice(taken);
  }
  return result;
}

/** What the start of a template stands for, and its length. */
function nextPiece(rest: string, groups: ReadonlyMap<string, string>): readonly [string, number] {
  if (!rest.startsWith('$')) return [rest.charAt(0), 1];
  if (rest.startsWith('$$')) return ['$', 2];
  const open = rest.startsWith('{', 1) ? 2 : 1;
  const name = [...rest.slice(open)].slice(0, nameLength(rest.slice(open))).join('');
  const end = open + name.length;
  if (name === '' || (open === 2 && rest.charAt(end) !== '}')) return ['$', 1];
  return [groups.get(name) ?? '', open === 2 ? end + 1 : end];
}

function nameLength(text: string): number {
  const end = [...text].findIndex((char) => !/^[\p{L}\p{Nd}_]$/u.test(char));
  return end < 0 ? [...text].length : end;
}

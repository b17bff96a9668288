import { describe, expect, it } from 'vitest';
import { importsOf } from './imports.ts';

const specifiers = (source: string): string[] => importsOf(source).map((found) => found.specifier);

describe('scripts/boundaries/imports', () => {
  it.each([
    ["import a from 'x';", 'a default'],
    ["import { a, b as c } from 'x';", 'names'],
    ["import {\n  a,\n  type B,\n} from 'x';", 'names over several lines'],
    ["import a, { b } from 'x';", 'a default and names'],
    ["import * as a from 'x';", 'a namespace'],
    ['import type { A } from "x";', 'types'],
    ["import 'x';", 'nothing'],
    ["export { a } from 'x';", 'a re-export'],
    ["export * from 'x';", 'a re-export of all'],
    ["export type { A } from 'x';", 'a re-export of types'],
    ["const a = await import('x');", 'a dynamic import'],
    ["type A = import('x').A;", 'an import type'],
  ])('finds %j: %s', (source) => {
    expect(specifiers(source)).toEqual(['x']);
  });

  it.each([
    "// import a from 'x';",
    "/* import a from 'x'; */",
    "/**\n * import a from 'x';\n */",
    "const from = 'x';",
    `const code = "import a from 'x'";`,
  ])('finds nothing in %j', (source) => {
    expect(specifiers(source)).toEqual([]);
  });

  it('is not led astray by comment marks in strings', () => {
    expect(specifiers("const url = 'https://a/*';\nimport a from 'x';\nconst end = '*/';")).toEqual(['x']);
  });

  it('finds several statements with their lines', () => {
    expect(importsOf("import a from 'x';\n\n// why\nimport {\n  b,\n} from 'y';\n")).toMatchObject([
      { specifier: 'x', line: 1 },
      { specifier: 'y', line: 4 },
    ]);
  });

  it.each([
    ["import type { A } from 'x';", true],
    ["import { type A, type B } from 'x';", true],
    ["import { type A, b } from 'x';", false],
    ["import 'x';", false],
    ["export * from 'x';", false],
  ])('%j loads nothing: %j', (source, isTypeOnly) => {
    expect(importsOf(source)).toMatchObject([{ isTypeOnly }]);
  });
});

export interface Import {
  readonly specifier: string;
  /** 1-based. */
  readonly line: number;
  /** True where nothing is loaded: `import type`, or type names only. */
  readonly isTypeOnly: boolean;
}

// Strings are matched so that comment marks in them are left alone.
const STRING_OR_COMMENT = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;

const STATEMENT =
  /^[ \t]*(?:import|export)\b(?<names>[\w*{}\s,$]*?)\bfrom\s*(?<quote>['"])(?<from>[^'"\n]+)\k<quote>/gm;
const BARE = /^[ \t]*import\s*(?<quote>['"])(?<from>[^'"\n]+)\k<quote>/gm;
const DYNAMIC = /\bimport\(\s*(?<quote>['"])(?<from>[^'"\n]+)\k<quote>/g;

/** What a TypeScript module imports or exports from elsewhere, in any of its forms. */
export function importsOf(source: string): Import[] {
  const code = withoutComments(source);
  return [STATEMENT, BARE, DYNAMIC].flatMap((form) =>
    [...code.matchAll(form)].map((match) => ({
      specifier: match.groups?.from ?? '',
      line: code.slice(0, match.index).split('\n').length,
      isTypeOnly: isTypeOnly(match.groups?.names),
    })),
  );
}

/** The code with its comments blanked out, and strings that hold code themselves; line by line as before. */
export function withoutComments(source: string): string {
  return source.replace(STRING_OR_COMMENT, (match, string?: string) =>
    string === undefined || /['"]/.test(string.slice(1, -1)) ? match.replace(/[^\n]/g, ' ') : string,
  );
}

function isTypeOnly(names: string | undefined): boolean {
  if (names === undefined) return false;
  const text = names.trim();
  if (/^type\b/.test(text)) return true;
  const braces = /^\{(?<inner>[^}]*)\}$/.exec(text)?.groups?.inner;
  const listed = braces
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return listed !== undefined && listed.length > 0 && listed.every((name) => name.startsWith('type '));
}

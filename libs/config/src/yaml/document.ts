import {
  type Alias,
  isAlias,
  isNode,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import type { Report } from '../report.ts';
import type { Place } from './sourced.ts';

/** The first document of a file, as nodes; no scalar is resolved to a type. */
export class YamlDocument {
  /** Undefined: the document is empty. */
  readonly root: Node | undefined;
  readonly #lines: LineCounter;
  readonly #targets: ReadonlyMap<Alias, Node>;
  readonly #usedAnchors: readonly number[];

  constructor(root: Node | undefined, lines: LineCounter, targets: ReadonlyMap<Alias, Node>) {
    this.root = root;
    this.#lines = lines;
    this.#targets = targets;
    this.#usedAnchors = [...new Set(targets.values())].map((target) => target.range?.[0] ?? 0);
  }

  placeOf(node: Node, path: string): Place {
    return placeAt(this.#lines, node.range?.[0] ?? 0, path);
  }

  /** The node that an alias stands for: the last one of that anchor before it. */
  targetOf(alias: Alias): Node | undefined {
    return this.#targets.get(alias);
  }

  /** True: something inside is used elsewhere by its anchor. */
  holdsUsedAnchor(node: Node): boolean {
    const [start, , end] = node.range ?? [0, 0, 0];
    return this.#usedAnchors.some((offset) => offset >= start && offset < end);
  }
}

/** Undefined when the text is not YAML, which has been reported then. */
export function parseYaml(text: string, report: Report): YamlDocument | undefined {
  const lines = new LineCounter();
  try {
    return parseNodes(text, lines, report);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report.error(
      { line: 1, column: 1, path: '' },
      {
        rule: 'yaml-syntax',
        message: 'nested too deeply to be read',
        hint: 'check for brackets that are never closed',
      },
    );
    return undefined;
  }
}

function parseNodes(text: string, lines: LineCounter, report: Report): YamlDocument | undefined {
  // The failsafe schema leaves every scalar as text: types depend on the key (`scalars.ts`).
  const document = parseDocument(text, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
    resolveKnownTags: false,
    uniqueKeys: false,
  });
  const root = document.contents ?? undefined;
  reportSyntax(document.errors, lines, report);
  reportTags(document.warnings, lines, report);
  const targets = resolveAliases(root, (alias) =>
    report.error(placeAt(lines, alias.range?.[0] ?? 0, ''), {
      rule: 'yaml-alias-unknown',
      message: `no anchor "${alias.source}" before this alias`,
      hint: `write &${alias.source} in front of the value that is to be repeated, above this line`,
    }),
  );
  return report.hasErrors ? undefined : new YamlDocument(root, lines, targets);
}

function placeAt(lines: LineCounter, offset: number, path: string): Place {
  const { line, col } = lines.linePos(offset);
  return { line, column: col, path };
}

function reportSyntax(errors: readonly YAMLError[], lines: LineCounter, report: Report): void {
  const linesWithErrors = new Set<number>();
  for (const error of errors) {
    const at = placeAt(lines, error.pos[0], '');
    if (error.code === 'MULTIPLE_DOCS') {
      report.warning(at, {
        rule: 'yaml-documents-ignored',
        message: 'only the first document of the file is read',
        hint: 'put all tasks into one list and remove the --- line',
      });
    } else if (!linesWithErrors.has(at.line)) {
      linesWithErrors.add(at.line);
      report.error(at, {
        rule: 'yaml-syntax',
        message: `not valid YAML: ${withoutSource(error.message)}`,
        hint: 'check quotes, brackets and indentation here and in the lines above',
      });
    }
  }
}

// Messages of the lexer end in the offending source, which may be a password.
const withoutSource = (message: string): string => message.replace(/: ["'].*$/s, '').replace(/\.$/, '');

const CORE_TAG = /tag:yaml\.org,2002:(?:null|bool|int|float|str|map|seq|merge)$/;

function reportTags(warnings: readonly YAMLError[], lines: LineCounter, report: Report): void {
  for (const warning of warnings) {
    if (warning.code !== 'TAG_RESOLVE_FAILED' || CORE_TAG.test(warning.message)) continue;
    const at = placeAt(lines, warning.pos[0], '');
    report.warning(at, { rule: 'yaml-tag-unknown', message: `ignored: ${withoutSource(warning.message)}` });
  }
}

// `Alias.resolve` walks the document once per alias; this walks it once for all.
function resolveAliases(root: Node | undefined, onUnknown: (alias: Alias) => void): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  if (root === undefined) return targets;
  visit(root, (_key, node) => {
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) onUnknown(node);
      else targets.set(node, target);
    } else if (isNode(node) && node.anchor !== undefined) {
      anchors.set(node.anchor, node);
    }
  });
  return targets;
}

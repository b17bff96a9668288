import { isAlias, isNode, type Node } from 'yaml';
import type { Finding, Report } from '../report.ts';
import type { YamlDocument } from './document.ts';
import type { AliasResolver } from './merge.ts';

/**
 * How many nodes a file may have once its aliases are followed: a thousand times a large config, and a second of work.
 *
 * Aliases of aliases grow exponentially; without a limit a few lines can occupy the process for ever.
 */
const MAX_NODES = 1_000_000;

/** Follows aliases, and refuses those that never end. */
export class AliasFollower implements AliasResolver {
  readonly #document: YamlDocument;
  readonly #report: Report;
  readonly #open = new Set<Node>();
  #nodes = 0;
  #isBroken = false;

  constructor(document: YamlDocument, report: Report) {
    this.#document = document;
    this.#report = report;
  }

  /** True: an alias could not be followed, so that values are missing. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  follow(node: unknown, use: (target: Node) => void): void {
    if (!isNode(node) || this.#isTooMuch(node)) return;
    if (!isAlias(node)) {
      use(node);
      return;
    }
    const target = this.#document.targetOf(node);
    if (target === undefined) return;
    if (this.#open.has(target)) {
      this.#fail(node, {
        rule: 'yaml-alias-recursive',
        message: `"${node.source}" contains itself`,
        hint: 'an alias cannot stand inside the value that its anchor names',
      });
      return;
    }
    this.#open.add(target);
    use(target);
    this.#open.delete(target);
  }

  onInvalidMerge(node: Node): void {
    this.#fail(node, {
      rule: 'yaml-merge-invalid',
      message: 'only a mapping, or a list of mappings, can be merged with <<',
      hint: 'let the alias name a mapping',
    });
  }

  #isTooMuch(node: Node): boolean {
    this.#nodes += 1;
    if (this.#nodes === MAX_NODES + 1) {
      this.#fail(node, {
        rule: 'yaml-aliases-excessive',
        message: `the file has more than ${MAX_NODES} values once its aliases are followed`,
        hint: 'aliases of lists of aliases multiply; write fewer of them',
      });
    }
    return this.#nodes > MAX_NODES;
  }

  #fail(node: Node, finding: Finding): void {
    this.#isBroken = true;
    this.#report.error(this.#document.placeOf(node, ''), finding);
  }
}

import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import { textOf } from './scalars.ts';

/** What reading a mapping's pairs needs to know of its document. */
export interface AliasResolver {
  /** Calls `use` with the node that `node` stands for; not at all when an alias cannot be followed. */
  follow(node: unknown, use: (target: Node) => void): void;
  /** Called with what is written behind `<<` and is no mapping. */
  onInvalidMerge(node: Node): void;
}

/**
 * Calls `use` with each pair of a mapping, merged-in ones at the place of their `<<`.
 *
 * go-yaml v2 merges by position, unlike the YAML specification: a later pair overrides an earlier one, whether it
 * comes from a merge or not. Of a list of mappings, earlier ones win.
 */
export function eachPair(
  map: YAMLMap,
  resolver: AliasResolver,
  use: (key: unknown, value: unknown) => void,
): void {
  for (const pair of map.items) {
    if (isMergeKey(pair)) merge(pair.value, resolver, use);
    else use(pair.key, pair.value);
  }
}

const isMergeKey = ({ key }: Pair): boolean => isScalar(key) && key.type === 'PLAIN' && textOf(key) === '<<';

function merge(value: unknown, resolver: AliasResolver, use: (key: unknown, value: unknown) => void): void {
  resolver.follow(value, (target) => {
    const sources = isSeq(target) ? target.items.toReversed() : [target];
    for (const source of sources) mergeOne(source, resolver, use);
  });
}

function mergeOne(
  source: unknown,
  resolver: AliasResolver,
  use: (key: unknown, value: unknown) => void,
): void {
  resolver.follow(source, (target) => {
    if (isMap(target)) eachPair(target, resolver, use);
    else resolver.onInvalidMerge(target);
  });
}

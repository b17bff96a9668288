import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'metrics.md');

/** Labels by the names of metrics that docs/metrics.md documents, whose test compares them with what is told. */
const DOCUMENTED = new Map(
  [...readFileSync(PAGE, 'utf8').matchAll(/^\| `(regfleet_\w+)` \| (\w+) \| ([^|]*) \|/gm)].flatMap(
    ([, name = '', type, labels = '']): [string, string[]][] => {
      const own = [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label);
      if (type !== 'histogram') return [[name, own]];
      return [
        [`${name}_bucket`, [...own, 'le']],
        [`${name}_sum`, own],
        [`${name}_count`, own],
      ];
    },
  ),
);

// Prometheus gives them to whatever it scrapes.
const OF_TARGETS = ['instance', 'job'];

/** What a query asks for that no process tells: names of metrics, and labels that a metric of ours does not have. */
export function unknownIn(query: string): string[] {
  const unknown: string[] = [];
  for (const [, name = '', selector = ''] of query.matchAll(/\b(regfleet_\w+)(\{[^}]*\})?/g)) {
    const labels = DOCUMENTED.get(name);
    if (labels === undefined) unknown.push(name);
    for (const [, label = ''] of selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g))
      if (![...(labels ?? []), ...OF_TARGETS].includes(label)) unknown.push(`${name}{${label}}`);
  }
  return unknown;
}

/** The metrics of ours that a query asks for. */
export const metricsIn = (query: string): string[] =>
  [...query.matchAll(/\bregfleet_\w+/g)].map(([name]) => name);

export const documentedMetrics = (): string[] => [...DOCUMENTED.keys()];

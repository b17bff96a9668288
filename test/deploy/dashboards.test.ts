import { describe, expect, it } from 'vitest';
import { dashboards, queriesOf } from './dashboards.ts';
import { documentedMetrics, metricsIn, unknownIn } from './metric-names.ts';

const all = dashboards();

describe('deploy/dashboards', () => {
  it('are the four', () => {
    expect(all.map(([file]) => file)).toEqual([
      'regfleet-overview.json',
      'regfleet-registries.json',
      'regfleet-task.json',
      'regfleet-workers.json',
    ]);
  });

  it.each(all)('%s asks for metrics and labels that there are', (_, dashboard) => {
    const queries = queriesOf(dashboard);
    expect(queries.filter((query) => metricsIn(query).length === 0)).toEqual([]);
    expect(queries.flatMap(unknownIn)).toEqual([]);
  });

  it.each(all)('%s has its name as id, and the variables that it uses', (file, dashboard) => {
    expect(`${dashboard.uid}.json`).toBe(file);
    expect(dashboard.tags).toEqual(['regfleet']);
    const known = dashboard.templating.list.map(({ name }) => name);
    const used = dashboard.panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) => [...expr.matchAll(/\$\{?([a-z]\w*)/g)].map(([, name]) => name)),
    );
    expect(used.filter((name) => !known.includes(name ?? ''))).toEqual([]);
    expect(known).toContain('datasource');
  });

  it.each(all)('%s has no panel upon another', (_, { panels }) => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_cell, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });

  it('show every metric that there is', () => {
    const shown = new Set(all.flatMap(([, dashboard]) => queriesOf(dashboard).flatMap(metricsIn)));
    const left = documentedMetrics().filter((name) => !shown.has(name) && !/_(?:sum|count)$/.test(name));
    expect(left).toEqual([
      'regfleet_task_never_succeeded_since_timestamp_seconds',
      'regfleet_registry_pulls_window_seconds',
    ]);
  });
});

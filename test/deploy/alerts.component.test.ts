import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { metricsIn, unknownIn } from './metric-names.ts';
import { deployFile, readYaml } from './read.ts';

const RULES = 'alerts/regfleet.rules.yaml';
const TESTS = 'alerts/regfleet.tests.yaml';
const RUNBOOK = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'operations.md'), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity?: string };
  readonly annotations: { readonly summary?: string; readonly runbook?: string };
}

interface Trial {
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly object[] }[];
}

const [{ groups }] = readYaml(RULES) as [{ groups: { rules: Rule[] }[] }];
const rules = groups.flatMap((group) => group.rules).map((rule): [string, Rule] => [rule.alert, rule]);
const [{ tests }] = readYaml(TESTS) as [{ tests: Trial[] }];
const trials = tests.flatMap((test) => test.alert_rule_test);

const promtool = (...words: string[]) =>
  runCommand(['promtool', ...words], { cwd: dirname(deployFile(RULES)) });

describe('deploy/alerts', () => {
  it('are accepted by promtool, and fire and rest as their trials say', async () => {
    expect(await promtool('check', 'rules', deployFile(RULES))).toMatchObject({ code: 0, stderr: '' });
    const { code, stdout, stderr } = await promtool('test', 'rules', deployFile(TESTS));
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
  });

  it.each(rules)('%s has a trial in which it fires and one in which it rests', (alert) => {
    const own = trials.filter(({ alertname }) => alertname === alert);
    expect(new Set(own.map(({ exp_alerts }) => exp_alerts.length > 0))).toEqual(new Set([true, false]));
  });

  it.each(rules)('%s asks for metrics and labels that there are', (_, { expr }) => {
    expect(metricsIn(expr)).not.toEqual([]);
    expect(unknownIn(expr)).toEqual([]);
  });

  it.each(rules)('%s says how bad it is, what is wrong, and where it is told what to do', (alert, rule) => {
    expect(['warning', 'critical']).toContain(rule.labels.severity);
    expect(rule.annotations.summary).toMatch(/^\S.*\.$/);
    expect(rule.annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  });

  it('have a section each in the runbook, which has no others', () => {
    const sections = [...RUNBOOK.matchAll(/^### (Regfleet\w+)\n\n(?!#)\S/gm)].map(([, name]) => name);
    expect(sections).toEqual(rules.map(([alert]) => alert));
  });

  it('would be refused for a name that is not told', () => {
    expect(unknownIn('sum by (task) (regfleet_task_lags{task="a"}) + regfleet_leader{leads="1"}')).toEqual([
      'regfleet_task_lags',
      'regfleet_task_lags{task}',
      'regfleet_leader{leads}',
    ]);
  });
});

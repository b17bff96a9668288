import { describe, expect, it } from 'vitest';
import { effectiveConfig } from '../effective/effective.ts';
import { parseWritten } from '../parse.ts';

const FILE = '/etc/regfleet/config.yaml';
const read = (notify: string, env: Record<string, string> = {}, secrets?: 'elsewhere') =>
  parseWritten(`tasks: []\nnotify:\n${notify}`, { file: FILE, env, ...(secrets && { secrets }) });

describe('config/sections/notify', () => {
  it('reads receivers, and shows nothing of their secrets', () => {
    const { config, written, issues } = read(
      `- name: a\n  url: '\${HOOK}'\n  format: cloudevents\n  on: failing\n  headers: {Authorization: 'Bearer \${TOKEN}'}\n- {name: b, url: 'http://10.0.0.1/p4th'}\n`,
      { HOOK: 'https://hooks.test/s3cret', TOKEN: 'hunter2' },
    );
    expect(issues).toEqual([]);
    if (config === undefined || written === undefined) throw new Error('it is valid');
    const [a, b] = config.receivers;
    expect(a?.url.reveal()).toBe('https://hooks.test/s3cret');
    expect(a?.headers.get('authorization')?.reveal()).toBe('Bearer hunter2');
    expect(a).toMatchObject({ name: 'a', format: 'cloudevents', on: ['failing'] });
    expect(b).toMatchObject({ format: 'json', on: ['failing', 'recovered', 'vanished', 'returned'] });
    const effective = effectiveConfig(config, written);
    expect(JSON.stringify([effective, config])).not.toMatch(/s3cret|hunter2|p4th|hooks\.test/);
    expect(effective.yaml).toContain('url: https://*** # line 4, $HOOK');
    const again = parseWritten(effective.yaml, { file: FILE, env: {} });
    expect(again.config?.receivers).toHaveLength(2);
  });

  it.each([
    ['- {name: a, url: "https://u:p@h/s3cret"}', 'notify-url-invalid', 3, 18],
    ['- {name: a, url: "ftp://h/s3cret"}', 'notify-url-invalid', 3, 18],
    ['- {name: a}', 'notify-url-missing', 3, 3],
    ['- {url: "https://h/s3cret"}', 'notify-name-invalid', 3, 3],
    ['- {name: a b, url: "https://h/s3cret"}', 'notify-name-invalid', 3, 10],
    ['- {name: a, url: "https://h/x"}\n- {name: a, url: "https://h/s3cret"}', 'notify-name-repeated', 4, 10],
    ['- {name: a, url: "https://h/s3cret", format: xml}', 'notify-format-invalid', 3, 46],
    ['- {name: a, url: "https://h/s3cret", on: [broken]}', 'notify-on-invalid', 3, 43],
    ['- {name: a, url: "https://h/s3cret", on: []}', 'notify-on-empty', 3, 38],
    ['- {name: a, url: "https://h/s3cret", headers: {Host: s3cret}}', 'notify-header-invalid', 3, 54],
    ['- {name: a, url: "https://h/s3cret", headers: {A: "s3cret\\n"}}', 'notify-header-invalid', 3, 51],
    ['-', 'notify-receiver-missing', 3, 2],
    [`- {name: a, url: "\${HOOK}"}`, 'env-unset', 3, 18],
  ])('refuses %s', (text, rule, line, column) => {
    const { config, issues } = read(text);
    expect(config).toBeUndefined();
    expect(issues.map((issue) => [issue.rule, issue.line, issue.column])).toEqual([[rule, line, column]]);
    expect(JSON.stringify(issues)).not.toContain('s3cret');
  });

  it('leaves variables that are elsewhere alone', () => {
    expect(read(`- {name: a, url: "\${HOOK}"}`, {}, 'elsewhere').issues).toEqual([]);
  });
});

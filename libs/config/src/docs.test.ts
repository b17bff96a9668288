import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from './parse.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Also a valid `auth`. */
const VALUE = Buffer.from('joe:secret').toString('base64');

/** As in a job of GitHub Actions that may have ID tokens. */
const JOB = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://issuer.example', ACTIONS_ID_TOKEN_REQUEST_TOKEN: VALUE };

const examplesOf = (page: string): string[] =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml]) => yaml ?? '');

describe.each(['README.md', 'docs/credentials.md', 'docs/getting-started.md'])('config/docs: %s', (page) => {
  it.each(examplesOf(page))('shows a config without any issue: %s', (yaml) => {
    const names = [...yaml.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => [name, VALUE]);
    const env = { ...JOB, ...Object.fromEntries(names) };
    const { config, issues } = parseConfig(yaml, { file: 'config.yaml', env });
    // Some show a part of a file.
    expect(issues.filter(({ rule }) => rule !== 'tasks-missing')).toEqual([]);
    const parts = [...(config?.tasks ?? []), ...(config?.registries ?? []), config?.redis ?? []];
    expect(parts.flat()).not.toEqual([]);
  });
});

import { chmod, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { runCommand, temporaryFolder } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { readYaml } from './read.ts';

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>;
  readonly runs: {
    readonly using: string;
    readonly steps: readonly { readonly env: Readonly<Record<string, string>>; readonly run: string }[];
  };
}

const [{ inputs, runs }] = readYaml('ci/action.yml') as [Action];
const [step] = runs.steps;

/** What docker is told by the step, given these inputs. */
async function dockerWords(given: Readonly<Record<string, string>>): Promise<readonly string[]> {
  await using folder = await temporaryFolder();
  const docker = join(folder.path, 'docker');
  await writeFile(docker, '#!/bin/sh\nprintf "%s\\n" "$@"\n');
  await chmod(docker, 0o755);
  const values = Object.entries(step?.env ?? {}).map(([name, text]) => {
    const input = /^\$\{\{ inputs\.([a-z]+) \}\}$/.exec(text)?.[1] ?? '';
    return [name, given[input] ?? inputs[input]?.default ?? ''];
  });
  const PATH = `${folder.path}${delimiter}${process.env.PATH}`;
  const env = { ...process.env, ...Object.fromEntries(values), GITHUB_WORKSPACE: '/work space', PATH };
  const argv = ['bash', '--noprofile', '--norc', '-eo', 'pipefail', '-c', step?.run ?? ''];
  const { code, stdout, stderr } = await runCommand(argv, { env });
  expect(code, stderr).toBe(0);
  return stdout.trimEnd().split('\n');
}

const JOB = ['--env=ACTIONS_ID_TOKEN_REQUEST_URL', '--env=ACTIONS_ID_TOKEN_REQUEST_TOKEN'];
const FOLDER = ['-v', '/work space:/etc/regfleet:ro'];

describe('deploy/ci/action.yml', () => {
  it('is a round by default, with the identity of the job', async () => {
    expect(runs.using).toBe('composite');
    expect(await dockerWords({ image: 'r.example/regfleet:1' })).toEqual(
      ['run', '--rm', ...JOB, ...FOLDER, 'r.example/regfleet:1', 'sync', '--once'].concat([
        '-c',
        '/etc/regfleet/config.yaml',
      ]),
    );
  });

  it('hands on the variables that are named, never their values, and reads no input as a script', async () => {
    const given = { image: '$(id)', command: 'plan', config: 'a b.yaml', variables: 'ONE TWO' };
    expect(await dockerWords(given)).toEqual(
      ['run', '--rm', ...JOB, '--env=ONE', '--env=TWO', ...FOLDER, '$(id)', 'plan'].concat([
        '-c',
        '/etc/regfleet/a b.yaml',
      ]),
    );
    expect(step?.run).not.toContain('${{');
  });
});

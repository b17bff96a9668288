import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CountingProxy,
  countingProxy,
  fillRegistry,
  Regfleet,
  startRegistry,
  type TemporaryFolder,
  type TestRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';

interface Plan {
  readonly task: string;
  readonly images: readonly { state: string }[];
  readonly errors: readonly { code: string; registry?: string }[];
}

const REFUSED_FOR_AN_HOUR = { status: 429, headers: { 'retry-after': '3600' } };

describe('system/plan', () => {
  let source: TestRegistry;
  let target: TestRegistry;
  let folder: TemporaryFolder;
  let refusing: CountingProxy;
  let regfleet: Regfleet;

  beforeAll(async () => {
    [source, target, folder] = await Promise.all([startRegistry(), startRegistry(), temporaryFolder()]);
    await fillRegistry(source, [{ repository: 'app', tags: ['1', '2'] }]);
  });

  afterAll(async () => {
    for (const resource of [source, target, folder]) await resource?.stop();
  });

  beforeEach(async () => {
    refusing = await countingProxy(source);
    const file = join(folder.path, 'config.yaml');
    const task = (name: string, registry: string): object => ({
      name,
      source: { registry, 'skip-tls-verify': true },
      target: { registry: target.host, 'skip-tls-verify': true },
      mappings: [{ from: 'app', to: name }],
    });
    const tasks = [task('refused', refusing.host), task('other', source.host)];
    await writeFile(file, stringify({ relay: 'direct', tasks }));
    regfleet = new Regfleet({ config: file });
    return () => refusing.stop();
  });

  async function plan(): Promise<{ code: number | null; plans: readonly Plan[] }> {
    const { code, stdout } = await regfleet.run(['plan', '--json']);
    return { code, plans: JSON.parse(stdout) as Plan[] };
  }

  it.each([
    ['listing', { kind: 'tags' }],
    ['comparison', { kind: 'manifest', method: 'HEAD' }],
  ] as const)('puts a refused %s into the plan of its task, and plans the others', async (_, request) => {
    refusing.inject({ ...request, ...REFUSED_FOR_AN_HOUR });
    const { code, plans } = await plan();
    expect(code).toBe(75);
    expect(plans).toMatchObject([
      { task: 'refused', images: [], errors: [{ code: 'RATE_LIMITED', registry: refusing.host }] },
      { task: 'other', images: [{ state: 'missing' }, { state: 'missing' }], errors: [] },
    ]);
  });

  it('waits where the wait is short', async () => {
    // A client asks twice before it tells of a refusal.
    const refusal = refusing.inject({ kind: 'tags', status: 429, headers: { 'retry-after': '0' }, times: 2 });
    const { code, plans } = await plan();
    expect({ code, hits: refusal.hits }).toEqual({ code: 0, hits: 2 });
    expect(plans.map(({ images, errors }) => [images.length, errors.length])).toEqual([
      [2, 0],
      [2, 0],
    ]);
  });

  it('ends with 3 for --exit-code where something would be copied, and with what failed where something did', async () => {
    const code = async (...flags: string[]): Promise<number | null> =>
      (await regfleet.run(['plan', 'other', ...flags])).code;
    expect([await code(), await code('--exit-code')]).toEqual([0, 3]);
    await regfleet.run(['sync', '--once', '--task', 'other']);
    expect(await code('--exit-code')).toBe(0);
    refusing.inject({
      kind: 'tags',
      status: 404,
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect((await regfleet.run(['plan', '--exit-code'])).code).toBe(1);
  });

  it('ends with 1 where a failure cannot pass', async () => {
    refusing.inject({
      kind: 'tags',
      status: 404,
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    const { code, plans } = await plan();
    expect(code).toBe(1);
    expect(plans.map(({ images, errors }) => [images.length, errors.map((error) => error.code)])).toEqual([
      [0, ['REPOSITORY_UNKNOWN']],
      [2, []],
    ]);
  });
});

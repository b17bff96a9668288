import { parseConfig, type Task } from '@regfleet/config';
import { silentLogger } from '@regfleet/model';
import { createRegistries } from '@regfleet/registry';
import { describe, expect, it } from 'vitest';
import { type Login, ToldLogins } from './told-logins.ts';

function taskOf(yaml: string): Task {
  const text = `tasks: [{name: logins, mappings: [{from: app}], ${yaml}}]`;
  const [task] = parseConfig(text, { file: 'config.yaml', env: {} }).config?.tasks ?? [];
  if (task === undefined) throw new TypeError(text);
  return task;
}

const SOURCE = 'source: {registry: source.test, auth: none}';
const JOE = 'target: {registry: target.test, username: joe, password: hunter22}';
const BROKEN = 'target: {registry: target.test, username: joe, password-file: /nowhere}';

async function toldOf(tasks: readonly Task[], signal = new AbortController().signal): Promise<Login[]> {
  const told: Login[] = [];
  const logins = new ToldLogins((login) => told.push(login));
  const registries = createRegistries({ logger: silentLogger, env: { HOME: '/nowhere' } });
  for (const task of tasks) await logins.tell(task, registries, signal);
  await registries.close();
  return told;
}

describe('cli/sync/told-logins', () => {
  it('tells once who gives the login of each side, and nothing of what it is', async () => {
    const task = taskOf(`${SOURCE}, ${JOE}`);
    const told = await toldOf([task, task]);
    expect(told).toMatchObject([
      { side: 'source', registry: 'source.test', provider: 'anonymous' },
      { side: 'target', registry: 'target.test', provider: 'auth' },
    ]);
    expect(JSON.stringify(told)).not.toContain('hunter22');
  });

  it('leaves one that fails to the task, and tells it when it is there', async () => {
    const told = await toldOf([taskOf(`${SOURCE}, ${BROKEN}`), taskOf(`${SOURCE}, ${JOE}`)]);
    expect(told.map(({ side }) => side)).toEqual(['source', 'target']);
  });

  it('ends quietly when it is told to stop', async () => {
    await expect(toldOf([taskOf(`${SOURCE}, ${JOE}`)], AbortSignal.abort())).resolves.toBeDefined();
  });
});

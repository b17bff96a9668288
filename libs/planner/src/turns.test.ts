import { silentLogger } from '@regfleet/model';
import { createRegistries } from '@regfleet/registry';
import { describe, expect, it } from 'vitest';
import { recordsOf, taskOf } from './plan.fixture.ts';
import { planTask } from './plan.ts';
import { SLICE } from './turns.ts';

const COUNT = 20 * SLICE;
const names = Array.from({ length: COUNT }, (_, index) => `name-${index}`);

/** How often others had a turn while a task was planned whose source lists names, and what came of them. */
async function plan(mappings: string) {
  const registries = createRegistries({ logger: silentLogger, env: {} });
  let turns = 0;
  let isDone = false;
  const takeTurns = (): void => {
    if (isDone) return;
    turns += 1;
    setImmediate(takeTurns);
  };
  setImmediate(takeTurns);
  try {
    const entries = planTask(taskOf(mappings, { source: 'a.test', target: 'b.test' }), {
      client: (location) => ({
        ...registries.connect(location),
        async *listTags() {
          yield names;
        },
      }),
      lister: () => ({ list: async () => names }),
      records: recordsOf(),
    });
    let dropped = 0;
    for await (const entry of entries) if (entry.kind === 'dropped') dropped += 1;
    return { turns, dropped };
  } finally {
    isDone = true;
    await registries.close();
  }
}

describe('planner/turns', () => {
  it('lets others have their turn while it looks at many tags', async () => {
    const { turns, dropped } = await plan(`[{from: app, tags: ['regex: none']}]`);
    expect(dropped).toBe(COUNT);
    // Once while they are judged, once while they are told.
    expect(turns).toBeGreaterThanOrEqual((2 * COUNT) / SLICE);
  });

  it('lets others have their turn while it looks at many repositories', async () => {
    const { turns } = await plan(`[{from: 'regex:none'}]`);
    expect(turns).toBeGreaterThanOrEqual(COUNT / SLICE);
  });
});

import { describe, expect, it } from 'vitest';
import { regfleetSync } from '../contenders/regfleet.ts';
import { countedPass } from '../pass.ts';
import type { RequestSummary } from '../result.ts';
import { Stage, type Subject } from '../stage.ts';
import { totalOf } from '../statistics.ts';
import { numbered } from './numbered.ts';
import { anyPlatforms, newPlatforms, smallTags } from './subjects.ts';

interface Budget {
  readonly source: RequestSummary;
  readonly target: RequestSummary;
}

// Debian's, which every machine that tests has.
const REGISTRY = { path: 'docker-registry', name: 'docker-registry', version: '2' } as const;

const single = { repository: 'bench/single', tags: numbered('v', 40) };
const platforms = anyPlatforms(40);

/** The most that each kind of request may cost: what is not in a list may not be asked at all. */
const BUDGETS: readonly (readonly [string, Subject, Budget])[] = [
  [
    '50 new small tags in ten repositories',
    { fills: smallTags(5) },
    {
      source: { 'GET blob': 101, 'GET manifest': 50, 'GET tags': 10 },
      target: {
        'GET tags': 10,
        'HEAD manifest': 10,
        'POST upload': 110,
        'PUT upload': 101,
        'PUT manifest': 50,
      },
    },
  ],
  [
    '8 new tags of three platforms',
    { fills: [newPlatforms(8)] },
    {
      source: { 'GET blob': 62, 'GET manifest': 32, 'GET tags': 1 },
      target: {
        'GET tags': 1,
        'HEAD manifest': 1,
        'POST upload': 62,
        'PUT upload': 62,
        'PUT manifest': 32,
      },
    },
  ],
  [
    '40 unchanged tags of three platforms',
    { fills: [platforms], targetFills: [platforms] },
    { source: { 'HEAD manifest': 40, 'GET tags': 1 }, target: { 'HEAD manifest': 40 } },
  ],
  [
    '40 unchanged tags of one platform',
    { fills: [single], targetFills: [single] },
    { source: { 'HEAD manifest': 40, 'GET tags': 1 }, target: { 'HEAD manifest': 40 } },
  ],
];

describe('bench/request-guard', () => {
  it.each(BUDGETS)(
    '%s cost no more requests of any kind than they have to',
    async (_title, subject, budget) => {
      await using stage = await Stage.open(subject, REGISTRY);
      const { source, target, repeatedSourceGets } = await countedPass(
        stage,
        regfleetSync(),
        new AbortController().signal,
      );
      expect(beyond(source, budget.source), `of ${totalOf(source)} at the source`).toEqual({});
      expect(beyond(target, budget.target), `of ${totalOf(target)} at the target`).toEqual({});
      expect(repeatedSourceGets).toBe(0);
    },
  );
});

/** The kinds of which there were more than allowed, with how many there were. */
function beyond(counted: RequestSummary, allowed: RequestSummary): RequestSummary {
  return Object.fromEntries(Object.entries(counted).filter(([kind, count]) => count > (allowed[kind] ?? 0)));
}

import { describe, expect, it } from 'vitest';
import { lacking, type Needs } from './lacking.ts';

const SCHEDULER = { role: 'scheduler', relays: [] } as const;
const WORKER = { role: 'worker', relays: ['direct', 'skopeo'] } as const;

describe('cli/lacking', () => {
  it.each<[string, Parameters<typeof lacking>[0], Needs, RegExp[]]>([
    ['all is there', [SCHEDULER, WORKER], { role: 'scheduler', relays: ['direct'] }, []],
    ['no scheduler is needed', [WORKER], { relays: ['skopeo'] }, []],
    ['nothing runs', [], { role: 'scheduler', relays: ['direct'] }, [/^no scheduler is/, /^no worker is/]],
    ['no worker runs', [SCHEDULER], { role: 'scheduler', relays: ['direct'] }, [/`regfleet worker`/]],
    [
      'no worker has a relay',
      [WORKER],
      { relays: ['docker', 'direct', 'docker'] },
      [/^no running worker has the docker relay/],
    ],
  ])('tells what would wait for ever where %s', (_, processes, needs, told) => {
    expect(lacking(processes, needs)).toEqual(told.map((sentence) => expect.stringMatching(sentence)));
  });
});

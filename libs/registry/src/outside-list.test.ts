import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { outsideList } from './outside-list.ts';

const named = z.object({ results: outsideList(z.object({ name: z.string() })) });

describe('registry/outside-list', () => {
  it('takes a list as a schema of its elements would', () => {
    const results = [{ name: 'a', more: 1 }, { name: 'b' }];
    expect(named.parse({ results })).toEqual({ results: [{ name: 'a' }, { name: 'b' }] });
    expect(outsideList(z.string()).parse([])).toEqual([]);
    expect(outsideList(z.string()).safeParse('abc').success).toBe(false);
  });

  it('tells the first wrong element and looks at no other', () => {
    const looked: unknown[] = [];
    const element = z.object({ name: z.string() }).refine((value) => looked.push(value));
    const results = [{ name: 'a' }, ...Array.from({ length: 1_000_000 }, () => ({ name: 0 }))];
    const { error } = z.object({ results: outsideList(element) }).safeParse({ results });
    expect(error?.issues).toMatchObject([{ path: ['results', 1, 'name'] }]);
    expect(looked).toHaveLength(1);
  });
});

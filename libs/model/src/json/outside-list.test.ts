import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { outsideList } from './outside-list.ts';

const schema = z.object({ names: outsideList(z.object({ name: z.string() })) });

describe('model/json/outside-list', () => {
  it('gives what its elements are parsed to', () => {
    expect(schema.parse({ names: [{ name: 'a', more: 1 }, { name: 'b' }] })).toEqual({
      names: [{ name: 'a' }, { name: 'b' }],
    });
  });

  it('looks at nothing behind the first wrong element, and says where that is', () => {
    let looks = 0;
    const counted = outsideList(
      z.string().refine((text) => {
        looks += 1;
        return text !== 'wrong';
      }, 'is not right'),
    );
    const { error } = z.object({ all: counted }).safeParse({ all: ['a', ...Array(1_000).fill('wrong')] });
    expect(error?.issues).toMatchObject([{ path: ['all', 1], message: 'is not right' }]);
    expect(looks).toBe(2);
  });

  it('refuses what is no list', () => {
    expect(schema.safeParse({ names: 'a' }).success).toBe(false);
    expect(schema.safeParse({}).success).toBe(false);
  });
});

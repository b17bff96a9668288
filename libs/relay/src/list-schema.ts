import { z } from 'zod';

/**
 * A list whose check ends at its first wrong element.
 *
 * `z.array` describes each of them, of which a hostile document has millions.
 */
export const listOf = <Item>(item: z.ZodType<Item>) =>
  z.array(z.unknown()).transform((elements, context): Item[] => {
    const items: Item[] = [];
    for (const [position, element] of elements.entries()) {
      const parsed = item.safeParse(element);
      if (parsed.success) {
        items.push(parsed.data);
        continue;
      }
      const [issue] = parsed.error.issues;
      context.addIssue({
        code: 'custom',
        path: [position, ...(issue?.path ?? [])],
        message: issue?.message ?? 'is wrong',
      });
      return z.NEVER;
    }
    return items;
  });

import { z } from 'zod';

/**
 * A list that comes from outside. It is looked at up to the first wrong element: a document may have millions of them, and
 * each that is told costs more than the document.
 */
export const outsideList = <Element>(element: z.ZodType<Element>) =>
  z.array(z.unknown()).transform((items, context): Element[] => {
    const elements: Element[] = [];
    for (const [index, item] of items.entries()) {
      const parsed = element.safeParse(item);
      if (parsed.success) {
        elements.push(parsed.data);
        continue;
      }
      const [issue] = parsed.error.issues;
      context.addIssue({
        code: 'custom',
        path: [index, ...(issue?.path ?? [])],
        message: issue?.message ?? 'is not what it should be',
      });
      return z.NEVER;
    }
    return elements;
  });

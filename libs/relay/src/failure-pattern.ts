/** What a failure's text is recognised by; a regular expression is one, as long as it is linear. */
export interface FailurePattern {
  test(text: string): boolean;
}

/**
 * Matches a text that holds all of `parts` one after the other, with anything in between.
 *
 * What `/a.*b/` means, at a cost that grows with the length of the text alone: others choose parts of it.
 *
 * @param parts - words in any case, or expressions with the flag `g`.
 */
export function inOrder(...parts: readonly (string | RegExp)[]): FailurePattern {
  const patterns = parts.map((part) => (typeof part === 'string' ? literal(part) : part));
  return {
    test(text) {
      let position = 0;
      return patterns.every((pattern) => {
        pattern.lastIndex = position;
        const isFound = pattern.test(text);
        position = pattern.lastIndex;
        return isFound;
      });
    },
  };
}

const literal = (text: string): RegExp => new RegExp(text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'), 'gi');

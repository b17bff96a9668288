// In UTF-16 the surrogates of U+10000 and above sort below U+E000..U+FFFF; in UTF-8 bytes they sort above.
const rank = (unit: number): number => {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
};

/** Orders texts by their UTF-8 bytes, as Go's `sort.Strings` does. */
export function compareBytes(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

const HAS_SURROGATES_OR_ABOVE = /[\ud800-\uffff]/;

/** Sorts in place, ascending by UTF-8 bytes. */
export function sortByBytes(texts: string[]): string[] {
  // Below the surrogates both orders are one, and the engine sorts by its own many times as fast.
  return texts.some((text) => HAS_SURROGATES_OR_ABOVE.test(text)) ? texts.sort(compareBytes) : texts.sort();
}

/** Fields and their values, which Redis lists in turns; a last one without a value is left out. */
export const pairsOf = (flat: readonly string[]): (readonly [field: string, value: string])[] =>
  Array.from({ length: Math.floor(flat.length / 2) }, (_, at) => [
    flat[2 * at] ?? '',
    flat[2 * at + 1] ?? '',
  ]);

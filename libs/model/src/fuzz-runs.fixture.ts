import { inject } from 'vitest';

/** Four times as many runs as elsewhere, since one takes next to nothing here. @param factor - of that */
export const fuzzRuns = (factor = 1): { readonly seed: number; readonly numRuns: number } => {
  const { seed, numRuns } = inject('fuzz');
  return { seed, numRuns: 4 * factor * numRuns };
};

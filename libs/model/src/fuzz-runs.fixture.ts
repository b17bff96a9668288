/** Runs of a property from a seed that is always the same unless somebody looks for more. @param factor - of the usual number */
export const fuzzRuns = (factor = 1): { readonly seed: number; readonly numRuns: number } => ({
  seed: Number(process.env.FUZZ_SEED ?? 20_261_126),
  numRuns: Number(process.env.FUZZ_RUNS ?? 100) * factor,
});

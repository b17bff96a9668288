import { defineConfig } from 'vitest/config';

// What takes minutes is run by `npm run test:soak`.
const EXCLUDE = ['**/node_modules/**', '**/dist/**', '**/*.soak.test.ts'];
// Runs of properties, from a seed that is always the same unless somebody looks for more.
const { FUZZ_SEED = 20_261_126, FUZZ_RUNS = 50 } = process.env;
const fuzz = { seed: Number(FUZZ_SEED), numRuns: Number(FUZZ_RUNS) };

declare module 'vitest' {
  interface ProvidedContext {
    fuzz: { readonly seed: number; readonly numRuns: number };
  }
}

const COMPONENT = ['**/*.component.test.ts', '**/*.cloud.test.ts', 'test/system/**/*.test.ts'];

export default defineConfig({
  test: {
    // Component tests wait a good part of their time, and start real servers beside themselves; more workers starve those.
    maxWorkers: 3,
    pool: 'forks',
    teardownTimeout: 30_000,
    projects: [
      {
        test: {
          name: 'unit',
          // They change nothing beyond themselves; a process for each of them takes longer than all of them do.
          isolate: false,
          include: ['**/*.test.ts'],
          provide: { fuzz },
          exclude: [...EXCLUDE, ...COMPONENT],
          testTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        test: {
          name: 'component',
          // The command that they start is the bundle.
          globalSetup: 'scripts/test/bundle-setup.ts',
          include: COMPONENT,
          provide: { fuzz },
          exclude: EXCLUDE,
          // A deadline for a hang, not for speed: machines that run tests are busy.
          testTimeout: 180_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
    ],
  },
});

import { defineConfig } from 'vitest/config';
import { LongestFirst } from './scripts/test/longest-first.ts';

// What takes minutes is run by `npm run test:soak`.
const EXCLUDE = ['**/node_modules/**', '**/dist/**', '**/*.soak.test.ts'];
// Runs of properties, from a seed that is always the same unless somebody looks for more.
const { FUZZ_SEED = 20_261_126, FUZZ_RUNS = 25 } = process.env;
const fuzz = { seed: Number(FUZZ_SEED), numRuns: Number(FUZZ_RUNS) };

declare module 'vitest' {
  interface ProvidedContext {
    fuzz: { readonly seed: number; readonly numRuns: number };
  }
}

const SYSTEM = ['test/system/**/*.test.ts'];
const COMPONENT = ['**/*.component.test.ts', '**/*.cloud.test.ts'];
// By what a process knows already: which words are secret, and what libraries of clouds have found in its environment.
const ALONE = [
  'libs/queue/src/secrets.component.test.ts',
  'libs/registry/src/credentials/**/*.component.test.ts',
];

const withServers = {
  provide: { fuzz },
  // A deadline for a hang, not for speed: machines that run tests are busy.
  testTimeout: 180_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 20_000 } },
};

export default defineConfig({
  test: {
    // On two cores: tests wait half of their time, and start real servers beside themselves; more workers starve those.
    maxWorkers: 4,
    pool: 'forks',
    teardownTimeout: 30_000,
    sequence: { sequencer: LongestFirst },
    // They change nothing beyond themselves; to load all that they import anew for each of them takes longer than many of them do.
    isolate: false,
    setupFiles: 'scripts/test/forget-secrets.ts',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          provide: { fuzz },
          exclude: [...EXCLUDE, ...COMPONENT, ...SYSTEM],
          testTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        extends: true,
        test: { ...withServers, name: 'component', include: COMPONENT, exclude: [...EXCLUDE, ...ALONE] },
      },
      {
        extends: true,
        test: { ...withServers, name: 'alone', include: ALONE, exclude: EXCLUDE, isolate: true },
      },
      {
        extends: true,
        test: {
          ...withServers,
          name: 'system',
          // The command that they start is the bundle.
          globalSetup: 'scripts/test/bundle-setup.ts',
          include: SYSTEM,
          exclude: EXCLUDE,
        },
      },
    ],
  },
});

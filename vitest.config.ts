import { defineConfig } from 'vitest/config';

// What takes minutes is run by `npm run test:soak`.
const EXCLUDE = ['**/node_modules/**', '**/dist/**', '**/*.soak.test.ts'];
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
          exclude: [...EXCLUDE, ...COMPONENT],
          testTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        test: {
          name: 'component',
          include: COMPONENT,
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

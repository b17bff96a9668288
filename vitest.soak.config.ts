import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.soak.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    pool: 'forks',
    // A deadline for a hang: each takes a minute or two on two busy cores.
    testTimeout: 900_000,
  },
});

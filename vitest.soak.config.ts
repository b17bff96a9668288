import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.soak.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    pool: 'forks',
    // The command that they start is the bundle.
    globalSetup: 'scripts/test/bundle-setup.ts',
    // A deadline for a hang: each takes a minute or two on two busy cores.
    testTimeout: 900_000,
  },
});

import { join } from 'node:path';
import { ROOT, run } from './run.ts';

export interface Check {
  readonly name: string;
  /** What is wrong, for the reader; absent: nothing. */
  readonly check: () => Promise<string | undefined>;
}

const tool = (name: string, ...args: string[]) => run([join(ROOT, 'node_modules', '.bin', name), ...args]);
const script = (path: string) => run([process.execPath, path]);

/** What must hold of the sources before any test runs. */
export const CHECKS: readonly Check[] = [
  {
    name: 'format and lint',
    check: () => tool('biome', 'check', '--error-on-warnings', '--diagnostic-level=warn', '.'),
  },
  { name: 'types', check: () => tool('tsc', '-p', 'tsconfig.json') },
  { name: 'boundaries', check: () => script('scripts/boundaries.ts') },
  { name: 'unused code and dependencies', check: () => tool('knip') },
  { name: 'generated files', check: () => script('scripts/check/generated-files.ts') },
];

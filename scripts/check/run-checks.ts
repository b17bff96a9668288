import type { Check } from './checks.ts';

/** Runs every check: one line each, with the details of those that fail. */
export function runChecks(checks: readonly Check[]): { passed: number; failed: number; skipped: number } {
  let failed = 0;
  for (const { name, check } of checks) {
    const details = check();
    console.log(`${details === undefined ? 'ok  ' : 'FAIL'} ${name}`);
    if (details === undefined) continue;
    failed += 1;
    console.log(`${details.trimEnd()}\n`);
  }
  return { passed: checks.length - failed, failed, skipped: 0 };
}

import type { Check } from './checks.ts';

/** Runs all checks beside each other: one line each in their order, with the details of those that fail. */
export async function runChecks(
  checks: readonly Check[],
): Promise<{ passed: number; failed: number; skipped: number }> {
  let failed = 0;
  const running = checks.map(({ name, check }) => ({ name, checked: check() }));
  for (const { name, checked } of running) {
    const details = await checked;
    console.log(`${details === undefined ? 'ok  ' : 'FAIL'} ${name}`);
    if (details === undefined) continue;
    failed += 1;
    console.log(`${details.trimEnd()}\n`);
  }
  return { passed: checks.length - failed, failed, skipped: 0 };
}

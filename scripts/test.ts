import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKS } from './check/checks.ts';
import { ROOT } from './check/run.ts';
import { runChecks } from './check/run-checks.ts';
import { addCounts, type Counts, countTests, formatCounts } from './test/summary.ts';

/** All checks and all tests; with arguments, vitest with those alone. The last line says how many passed and failed. */
const vitestArgs = process.argv.slice(2);
const checks = vitestArgs.length === 0 ? await runChecks(CHECKS) : { passed: 0, failed: 0, skipped: 0 };
const counts = addCounts(checks, runTests(vitestArgs));
console.log(formatCounts(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;

function runTests(args: readonly string[]): Counts {
  const folder = mkdtempSync(join(tmpdir(), 'rf-test-'));
  const file = join(folder, 'report.json');
  const vitest = join(ROOT, 'node_modules', '.bin', 'vitest');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  try {
    const { status } = spawnSync(vitest, ['run', ...reporters, ...args], { cwd: ROOT, stdio: 'inherit' });
    return countTests(readIfThere(file), status ?? 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

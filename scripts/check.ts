import { CHECKS } from './check/checks.ts';
import { runChecks } from './check/run-checks.ts';

process.exitCode = runChecks(CHECKS).failed === 0 ? 0 : 1;

import { CHECKS } from './check/checks.ts';
import { runChecks } from './check/run-checks.ts';

const { failed } = await runChecks(CHECKS);
process.exitCode = failed === 0 ? 0 : 1;

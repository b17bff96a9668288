import { join } from 'node:path';
import { readRepository } from './boundaries/repository.ts';
import { findViolations } from './boundaries/violations.ts';

/** Checks the repository against the import table (`boundaries/table.ts`). */
const violations = findViolations(readRepository(join(import.meta.dirname, '..')));
for (const violation of violations) console.log(violation);
process.exitCode = violations.length === 0 ? 0 : 1;

#!/usr/bin/env -S node --max-semi-space-size=4
// A young generation of 4 MiB: requests live just long enough to be promoted from a larger one, which costs a scheduler of
// 10,000 tags 110 MiB and saves it no time.
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Beside the packages, not in the shared folder for temporary files, where others could put code for us to run.
enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/regfleet', import.meta.url)));

const { runProgram } = await import('./program.ts');
const { processTerminal } = await import('./terminal.ts');
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

process.exitCode = await runProgram(process.argv.slice(2), processTerminal(process), version);

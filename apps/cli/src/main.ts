#!/usr/bin/env -S node --max-semi-space-size=2 --optimize-for-size
// Waiting for networks makes short-lived objects old: with V8's own sizes a scheduler of 10,000 tags peaks at twice the memory.
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

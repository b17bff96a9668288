import { readFileSync } from 'node:fs';
import { endSoon, restartWithHeapFlags } from '@regfleet/runtime';
import { reachFarAddresses } from './far-addresses.ts';
import { runProgram, standstill } from './program.ts';
import { processTerminal, type Terminal } from './terminal.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const argv = process.argv.slice(2);
const terminal: Terminal = Object.assign(processTerminal(process), {
  beforeLongRun: () => restartWithHeapFlags(process),
});
const onEmptyLoop = (): void => {
  process.exitCode = standstill(argv, terminal);
};

reachFarAddresses();
// Node itself would end with 13 and a line of this file.
process.once('beforeExit', onEmptyLoop);
process.exitCode = await runProgram(argv, terminal, version);
process.off('beforeExit', onEmptyLoop);
endSoon();

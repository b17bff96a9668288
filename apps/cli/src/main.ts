import { endSoon, restartWithHeapFlags } from '@regfleet/runtime';
// The one place of the version; the bundle has it inside.
import regfleet from '../../../package.json' with { type: 'json' };
import { reachFarAddresses } from './far-addresses.ts';
import { runProgram, standstill } from './program.ts';
import { processTerminal, type Terminal } from './terminal.ts';

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
process.exitCode = await runProgram(argv, terminal, regfleet.version);
process.off('beforeExit', onEmptyLoop);
endSoon();

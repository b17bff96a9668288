import { setup } from '../../scripts/test/bundle-setup.ts';
import { partsOf } from './options.ts';
import { playPart } from './parts.ts';

/** Plays out what the command line asks for, one part after the other; exits with 1 where one was not as it has to be. */
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

const parts = partsOf(process.argv.slice(2));
await setup();
for (const options of parts) if (!(await playPart(options, say))) process.exitCode = 1;

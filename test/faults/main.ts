import { partsOf } from './options.ts';
import { playPart } from './parts.ts';

/** Plays out what the command line asks for, one part after the other; exits with 1 where one was not as it has to be. */
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

for (const options of partsOf(process.argv.slice(2)))
  if (!(await playPart(options, say))) process.exitCode = 1;

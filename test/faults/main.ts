import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandFor, trialsOf } from './options.ts';
import { reportOf } from './report.ts';
import { runTrial, type TrialResult } from './trial.ts';

/** Plays out the trials that the command line asks for, one after the other; exits with 1 where one was not exact. */
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

for (const options of trialsOf(process.argv.slice(2))) {
  say(
    `${options.variant}, seed ${options.seed}: ${options.images} images, faults for ${options.durationMs / 1_000} s`,
  );
  say(`again: ${commandFor(options)}`);
  const result = await runTrial(options, say);
  say(reportOf(result));
  if (result.problems.length === 0) continue;
  process.exitCode = 1;
  say(`what the processes printed: ${await keepLogs(result)}`);
}

/** @returns the folder in which they are. */
async function keepLogs({ options, logs, events }: TrialResult): Promise<string> {
  const folder = join(tmpdir(), `regfleet-faults-${options.seed}-${options.variant}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'faults.json'), JSON.stringify(events, undefined, 2));
  for (const [name, log] of logs) await writeFile(join(folder, `${name}.log`), log);
  return folder;
}

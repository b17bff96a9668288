import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { playFairness } from '../system/fairness.ts';
import { LIMIT_TRIALS } from './limits/limit-trials.ts';
import {
  commandFor,
  type FairnessOptions,
  type LimitsOptions,
  type PartOptions,
  type TrialOptions,
} from './options.ts';
import { reportOf, table, verdictOf } from './report.ts';
import { runTrial, type TrialResult } from './trial.ts';

type Say = (text: string) => void;

const OPERATOR_WAITS_MS = 5_000;

/** Plays one part, and tells what it has shown. @returns whether all was as it has to be. */
export function playPart(options: PartOptions, say: Say): Promise<boolean> {
  switch (options.variant) {
    case 'limits':
      return playLimits(options, say);
    case 'fairness':
      return playOperator(options, say);
    default:
      return playFaults(options, say);
  }
}

async function playFaults(options: TrialOptions, say: Say): Promise<boolean> {
  const { variant, seed, images, durationMs } = options;
  say(`${variant}, seed ${seed}: ${images} images, faults for ${durationMs / 1_000} s`);
  say(`again: ${commandFor(options)}`);
  const result = await runTrial(options, say);
  say(reportOf(result));
  if (result.problems.length === 0) return true;
  say(`what the processes printed: ${await keepLogs(result)}`);
  return false;
}

/** @returns the folder in which they are. */
async function keepLogs({ options, logs, events }: TrialResult): Promise<string> {
  const folder = join(tmpdir(), `regfleet-faults-${options.seed}-${options.variant}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'faults.json'), JSON.stringify(events, undefined, 2));
  for (const [name, log] of logs) await writeFile(join(folder, `${name}.log`), log);
  return folder;
}

async function playLimits(options: LimitsOptions, say: Say): Promise<boolean> {
  const { seconds } = options;
  say(`\nlimits: ${LIMIT_TRIALS.length} ways to meter eight processes, counted for ${seconds} s`);
  const rows: string[][] = [['registry', 'counted']];
  const problems: string[] = [];
  for (const trial of LIMIT_TRIALS) {
    say(`${trial.name} ...`);
    const finding = await trial.play(seconds);
    rows.push([trial.name, finding.counted]);
    problems.push(...finding.problems.map((problem) => `${trial.name}: ${problem}`));
  }
  say(`\n${table(rows)}\n`);
  say(verdictOf(options, problems, 'all limits are kept and used, and no request has failed'));
  return problems.length === 0;
}

async function playOperator(options: FairnessOptions, say: Say): Promise<boolean> {
  say(`\nfairness: an operator behind a run of ${options.images} images and four slow expansions`);
  const { startedAfterMs, problems } = await playFairness(options.images);
  const rows = Object.entries(startedAfterMs).map(([command, ms]) => ({ command, ms }));
  say(
    `\n${table([
      ['command', 'began after'],
      ...rows.map(({ command, ms }) => [`${command} --wait`, `${(ms / 1_000).toFixed(1)} s`]),
    ])}\n`,
  );
  const late = rows.filter(({ ms }) => ms > OPERATOR_WAITS_MS);
  const found = [
    ...problems,
    ...late.map(
      ({ command }) => `${command} began later than ${OPERATOR_WAITS_MS / 1_000} s after it was given`,
    ),
  ];
  say(verdictOf(options, found, 'both began in time'));
  return found.length === 0;
}

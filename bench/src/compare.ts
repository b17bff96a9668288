import type { BenchRun } from './bench-run.ts';
import type { Contender } from './contenders/contender.ts';
import { countedPass, timedPass } from './pass.ts';
import { formatBytes, formatSeconds } from './report/format.ts';
import type { Count, Measurements, Pass } from './result.ts';
import { Stage, type Subject } from './stage.ts';

/** Lets the contenders do the same job in turns: once counted, then as often as wanted timed, each time another one first. */
export async function compare(
  subject: Subject,
  contenders: readonly Contender[],
  { passes: wanted, signal, say }: BenchRun,
): Promise<Measurements> {
  say('fills the registries');
  await using stage = await Stage.open(subject);
  const counts: Count[] = [];
  for (const contender of contenders) {
    const { log: _, ...count } = await countedPass(stage, contender, signal);
    say(`counted: ${contender.name}, ${formatSeconds(count.durationMs)} through the proxies`);
    counts.push(count);
  }
  const passes: Pass[] = [];
  for (let round = 0; round < wanted; round += 1) {
    for (const contender of rotated(contenders, round)) {
      const pass = await timedPass(stage, contender, signal);
      say(
        `pass ${round + 1}: ${contender.name}, ${formatSeconds(pass.durationMs)}, ${formatBytes(pass.peakMemoryBytes)}`,
      );
      passes.push(pass);
    }
  }
  return { tags: stage.filled.length, passes, counts };
}

function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const first = by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

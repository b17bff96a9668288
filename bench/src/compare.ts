import type { BenchRun } from './bench-run.ts';
import type { Contender, ContenderName } from './contenders/contender.ts';
import { type CountedPass, countedPass, timedPass } from './pass.ts';
import { formatBytes, formatSeconds } from './report/format.ts';
import type { Count, Measurements, Pass } from './result.ts';
import { Stage, type Subject } from './stage.ts';

// One that took longer than this when it was counted is timed once: its range would be small beside the distance to the others.
const SLOW_MS = 10_000;

/**
 * Lets the contenders do the same job in turns: once counted, then as often as wanted timed, each time another one first.
 *
 * A peer that fails is left out with a note; one that leaves a tag different from the source stays, with a note.
 *
 * @throws {Error} where the contender that is ours does not do its work.
 */
export async function compare(
  subject: Subject,
  contenders: readonly Contender[],
  run: BenchRun,
): Promise<Measurements> {
  run.say('fills the registries');
  await using stage = await Stage.open(subject, run.programs.registry);
  const notes = new Notes(stage, run);
  const counts: Count[] = [];
  for (const contender of contenders) {
    const counted = await notes.attempt(contender, () => countedPass(stage, contender, run.signal));
    if (counted === undefined) continue;
    const { log: _, wrongTags: __, ...count } = counted;
    run.say(`counted: ${contender.name}, ${formatSeconds(count.durationMs)} through the proxies`);
    counts.push(count);
  }
  const passes: Pass[] = [];
  for (let round = 0; round < run.passes; round += 1) {
    for (const contender of rotated(ofRound(round, contenders, counts), round)) {
      const timed = await notes.attempt(contender, () => timedPass(stage, contender, run.signal));
      if (timed === undefined) continue;
      const { wrongTags: _, ...pass } = timed;
      run.say(`pass ${round + 1}: ${contender.name}, ${described(pass)}`);
      passes.push(pass);
    }
  }
  return { tags: stage.filled.length, passes, counts, notes: notes.all };
}

/** Those that did the job when they were counted; after the first round without the slow ones. */
function ofRound(round: number, contenders: readonly Contender[], counts: readonly Count[]): Contender[] {
  return contenders.filter(({ name }) => {
    const count = counts.find(({ contender }) => contender === name);
    return count !== undefined && (round === 0 || count.durationMs <= SLOW_MS);
  });
}

function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const first = by % Math.max(items.length, 1);
  return [...items.slice(first), ...items.slice(0, first)];
}

const described = ({ durationMs, cpuMs, peakMemoryBytes }: Pass): string =>
  `${formatSeconds(durationMs)}, ${formatSeconds(cpuMs)} of CPU, ${formatBytes(peakMemoryBytes)}`;

/** What has to be known of contenders besides their figures. */
class Notes {
  readonly #notes = new Map<ContenderName, string>();
  readonly #stage: Stage;
  readonly #run: BenchRun;

  constructor(stage: Stage, run: BenchRun) {
    this.#stage = stage;
    this.#run = run;
  }

  get all(): readonly string[] {
    return [...this.#notes.values()];
  }

  /** @returns undefined where a peer failed. */
  async attempt<Result extends Pick<CountedPass, 'wrongTags'>>(
    { name }: Contender,
    pass: () => Promise<Result>,
  ): Promise<Result | undefined> {
    const isOurs = name.startsWith('regfleet');
    try {
      const result = await pass();
      const { wrongTags } = result;
      const wrong = `${wrongTags} of ${this.#stage.filled.length} tags with another digest than the source has`;
      if (wrongTags > 0 && isOurs) throw new Error(`${name} left ${wrong}`);
      if (wrongTags > 0) this.#add(name, `${name} leaves ${wrong}.`);
      return result;
    } catch (error) {
      if (isOurs || this.#run.signal.aborted) throw error;
      // The first line is the command.
      const [, reason = String(error)] = String(error).split('\n');
      this.#add(name, `${name} fails: ${reason.slice(0, 200)}`);
      return undefined;
    }
  }

  #add(name: ContenderName, note: string): void {
    if (this.#notes.get(name) === note) return;
    this.#notes.set(name, note);
    this.#run.say(note);
  }
}

const INPUT_LENGTH = 1024 * 1024;
const MAX_CPU_MS = 1_000;

/** The processor time that `work` takes in this process, in milliseconds; other programs on the machine do not count. */
export function cpuTimeMs(work: () => unknown): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

/**
 * Gives `work` a megabyte of each seed, repeated, alone and with what ends or begins otherwise.
 *
 * @param seeds - what makes a part of an expression begin to match, again and again.
 * @throws {Error} when one of them costs more than a second of processor time; quadratic work takes minutes.
 */
export function expectLinear(work: (text: string) => unknown, seeds: readonly string[]): void {
  const common = ['a', ' ', '\n', '"', '\\', '<', '://', 'a:', ',', ';', '-', '/', '0'];
  for (const seed of [...seeds, ...common]) {
    const repeated = seed.repeat(Math.ceil(INPUT_LENGTH / Math.max(seed.length, 1)));
    for (const text of [repeated, `${repeated}\u0000`, `"${repeated}`, `${seeds[0] ?? ''}${repeated}!`]) {
      const spentMs = cpuTimeMs(() => work(text));
      if (spentMs <= MAX_CPU_MS) continue;
      throw new Error(
        `${spentMs} ms of processor time for ${JSON.stringify(seed)} times ${text.length / seed.length}`,
      );
    }
  }
}

import type { Child } from './child.ts';

/**
 * The first line of stdout or stderr, printed already or yet to come, that matches.
 *
 * @throws {Error} with the output so far, when the process ends or the deadline passes first.
 */
export async function waitForLine(child: Child, pattern: RegExp, deadlineMs = 15_000): Promise<string> {
  const printed = child.stdout.find(pattern) ?? child.stderr.find(pattern);
  if (printed !== undefined) return printed;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const look = (line: string): void => {
    if (pattern.test(line)) resolve(line);
  };
  const ends = [child.stdout.watch(look), child.stderr.watch(look)];
  const fail = (why: string): void => reject(new Error(`${why} before ${pattern}: ${child.describe()}`));
  const timer = setTimeout(() => fail(`${deadlineMs} ms passed`), deadlineMs);
  void child.exited.then(() => fail('the process ended'));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    for (const end of ends) end();
  }
}

const LIMIT_CHARACTERS = 512 * 1024;

/** The end of what a process printed, in memory. */
export class BoundedLog {
  #text = '';
  #unfinished = '';
  readonly #lines: string[] = [];
  readonly #watchers = new Set<(line: string) => void>();

  append(text: string): void {
    this.#text = (this.#text + text).slice(-LIMIT_CHARACTERS);
    const lines = (this.#unfinished + text).split('\n');
    this.#unfinished = lines.pop() ?? '';
    for (const line of lines) this.#add(line);
  }

  /** Calls `watcher` for every line from here on. @returns the way to end it. */
  watch(watcher: (line: string) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  find(pattern: RegExp): string | undefined {
    return this.#lines.find((line) => pattern.test(line));
  }

  toString(): string {
    return this.#text;
  }

  #add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > 10_000) this.#lines.shift();
    for (const watcher of this.#watchers) watcher(line);
  }
}

/** How many copies a process may run at once. */
export interface CopyWidth {
  readonly current: number;
  /** Told how many run, whenever that changes. */
  note(running: number): void;
  /** @param onChange - called after each change of `current`. */
  listen(onChange: () => void): void;
}

/** What an operator has said: it stays. */
export const givenWidth = (current: number): CopyWidth => ({
  current,
  note: () => undefined,
  listen: () => undefined,
});

export const widthOf = (concurrency: number | CopyWidth): CopyWidth =>
  typeof concurrency === 'number' ? givenWidth(concurrency) : concurrency;

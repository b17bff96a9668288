/** The body of an answer, read piece by piece. */
export interface BodySource {
  /** What comes next, never empty, in memory that may be used again with the next call; absent: that was all. @throws what the connection, or `destroy`, ended it with. */
  read(): Promise<Buffer | undefined>;
  /** Throws the rest away together with the connection. @param error - what is told to whoever reads on. */
  destroy(error?: Error): void;
  /** Throws the rest away, so that the connection can be used again, unless there are more than so many bytes of it. */
  dump(limitBytes: number): Promise<void>;
}

/** The body of an answer that has none. */
export const EMPTY_BODY: BodySource = {
  read: () => Promise.resolve(undefined),
  destroy: () => undefined,
  dump: () => Promise.resolve(),
};

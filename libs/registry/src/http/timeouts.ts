/** Bounds on silence, on small answers, and on logging in, in milliseconds; how long a transfer may take depends on how fast it moves. */
export interface Timeouts {
  /** Until a connection stands, TLS included. */
  readonly connectMs: number;
  /** For one of the connections that small questions share to be free; their own time comes on top. Long: honest work queues, too. */
  readonly queueMs: number;
  /** From the end of a request to the head of its answer. */
  readonly headersMs: number;
  /** The same where content is stored: registries verify it, and copy it to their blob store, before they answer. */
  readonly commitMs: number;
  /** Between two pieces of a body. */
  readonly silenceMs: number;
  /** For the whole of an answer that is no blob: a manifest, a page of a list, a token. Redirects and repetitions have twice as long. */
  readonly answerMs: number;
  /** For a cloud identity or helper to give a login, with all that its own library asks and repeats on the way. */
  readonly loginMs: number;
  /** The first pause, at most, before what was refused for coming too fast is sent again, where the registry names none. */
  readonly refusedMs: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  connectMs: 10_000,
  queueMs: 600_000,
  headersMs: 60_000,
  commitMs: 300_000,
  silenceMs: 60_000,
  // The largest, a list of all tags at once, has some megabytes.
  answerMs: 120_000,
  // Such answers take a second or two. Every copy of a process waits for the same one.
  loginMs: 30_000,
  refusedMs: 1_000,
};

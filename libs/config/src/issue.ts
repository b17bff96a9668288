/** One thing to say about a config file. */
export interface ConfigIssue {
  readonly severity: 'error' | 'warning';
  /** Stable kebab-case name of the rule, e.g. `interval-too-short`. */
  readonly rule: string;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  /** e.g. `tasks[0].mappings[1].from`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
}

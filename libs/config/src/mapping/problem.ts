/** One thing to say about a mapping's rules, for the config reader to place in the file. */
export interface RuleProblem {
  readonly key: 'from' | 'to' | 'tags' | 'immutable';
  /** Position in a list; absent for the other keys. */
  readonly index?: number;
  /** Stable kebab-case name of the rule. */
  readonly rule: string;
  readonly message: string;
  readonly hint?: string;
}

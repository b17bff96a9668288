import { redact } from '@regfleet/model';
import type { ConfigIssue } from './issue.ts';
import type { Place } from './yaml/sourced.ts';

export interface Finding {
  /** Stable kebab-case name. */
  readonly rule: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Collects what there is to say about one config file. */
export class Report {
  readonly #file: string;
  readonly #issues: ConfigIssue[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  error(at: Place, finding: Finding): void {
    this.#add('error', at, finding);
  }

  warning(at: Place, finding: Finding): void {
    this.#add('warning', at, finding);
  }

  /** True: something of this rule has been said. */
  has(rule: string): boolean {
    return this.#issues.some((issue) => issue.rule === rule);
  }

  get hasErrors(): boolean {
    return this.#issues.some((issue) => issue.severity === 'error');
  }

  /** In the order of the file; at one place, in the order of the checks. */
  issues(): readonly ConfigIssue[] {
    return this.#issues.toSorted((left, right) => left.line - right.line || left.column - right.column);
  }

  #add(severity: ConfigIssue['severity'], at: Place, { rule, message, hint }: Finding): void {
    const { line, column, path } = at;
    this.#issues.push({
      severity,
      rule,
      file: this.#file,
      line,
      column,
      path,
      // A value is quoted as it is written, and may be a URL with a login.
      message: redact(message),
      ...(hint !== undefined && { hint }),
    });
  }
}

import type { ConfigIssue } from '@regfleet/config';
import { SyncError } from '@regfleet/model';
import { counted } from './output/quantities.ts';

/** A config that has errors, with all of them; commands print the issues and exit with 2. */
export class InvalidConfig extends SyncError {
  readonly issues: readonly ConfigIssue[];

  constructor(file: string, issues: readonly ConfigIssue[]) {
    const errors = issues.filter((issue) => issue.severity === 'error').length;
    super('CONFIG_INVALID', { message: `${file} has ${counted(errors, 'error')}` });
    this.issues = issues;
  }
}

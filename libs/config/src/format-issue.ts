import { printable } from '@regfleet/model';
import type { ConfigIssue } from './issue.ts';

/** `file:line:column severity path: message`, and the hint, if any, on a second, indented line. */
export function formatIssue(issue: ConfigIssue): string {
  const place = `${issue.file}:${issue.line}:${issue.column}`;
  const subject = issue.path === '' ? '' : `${issue.path}: `;
  const hint = issue.hint === undefined ? '' : `\n    ${printable(issue.hint)}`;
  return `${printable(`${place} ${issue.severity} ${subject}${issue.message}`)}${hint}`;
}

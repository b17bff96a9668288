import { type ConfigIssue, formatIssue } from '@regfleet/config';

/** Every issue of a config, one after the other. */
export const formatIssues = (issues: readonly ConfigIssue[]): string => issues.map(formatIssue).join('\n');

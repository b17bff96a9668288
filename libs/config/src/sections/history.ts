import {
  type HistoryRule,
  type KeepRule,
  type OnChange,
  RELAYS,
  type RelayName,
  relaysThat,
} from '@regfleet/model';
import { parseBackup } from '../mapping/backup.ts';
import type { MappingSection } from '../schema/config.ts';
import { parseDays } from '../yaml/duration.ts';
import { placeOf } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';

interface Beside {
  readonly relay: RelayName;
  readonly onChange: OnChange | undefined;
}

/** Absent: nothing stays of what is overwritten. */
export function readHistory(
  section: MappingSection,
  beside: Beside,
  context: ParseContext,
): HistoryRule | undefined {
  const backup = readBackup(section, context);
  const keep = readKeep(section, context);
  for (const key of ['backup', 'keep-digests'] as const) checkBeside(section, key, beside, context);
  if (backup === undefined && keep === undefined) return undefined;
  return { ...(backup !== undefined && { backup }), ...(keep !== undefined && { keep }) };
}

function readBackup(section: MappingSection, { report }: ParseContext): HistoryRule['backup'] {
  const entry = section.fields.backup;
  if (entry === undefined) return undefined;
  const parsed = parseBackup(entry.value);
  if ('value' in parsed) return parsed.value;
  const { message, hint } = parsed.flaw;
  report.error(entry.at, {
    rule: 'backup-invalid',
    message: `"${entry.value}" ${message}`,
    ...(hint !== undefined && { hint }),
  });
  return undefined;
}

// Each is a tag at the target, and each list of its tags has all of them.
const MOST_DIGESTS = 1_000;

function readKeep(section: MappingSection, { report }: ParseContext): KeepRule | undefined {
  const entry = section.fields['keep-digests'];
  if (entry === undefined) return undefined;
  const rule = parseKeep(entry.value);
  if (rule !== undefined) return rule;
  report.error(entry.at, {
    rule: 'keep-digests-invalid',
    message: `"${entry.value}" is neither a number of digests from 2 to ${MOST_DIGESTS} nor a time`,
    hint: 'write 10 for the last ten, with the one that the tag has, or 90d for those that it had within 90 days',
  });
  return undefined;
}

function parseKeep(text: string): KeepRule | undefined {
  if (/^\d+$/.test(text)) {
    const count = Number(text);
    return count >= 2 && count <= MOST_DIGESTS ? { kind: 'count', count } : undefined;
  }
  const ageMs = parseDays(text);
  return ageMs === undefined || ageMs <= 0 ? undefined : { kind: 'age', ageMs };
}

/** That the tags are overwritten at all, by a relay that looks. */
function checkBeside(
  section: MappingSection,
  key: 'backup' | 'keep-digests',
  { relay, onChange }: Beside,
  { report }: ParseContext,
): void {
  if (section.fields[key] === undefined) return;
  const at = placeOf(section, key);
  if (!RELAYS[relay].heedsOnChange) {
    report.error(at, {
      rule: `${key}-unsupported`,
      message: `the ${relay} relay does not look at what it overwrites`,
      hint: `use relay: ${relaysThat('heedsOnChange')} for this task, or remove ${key}`,
    });
  }
  if (onChange !== undefined) {
    report.error(at, {
      rule: `${key}-unused`,
      message: `${key} has no effect: with on-change: ${onChange} nothing is overwritten`,
      hint: `remove ${key}, or write on-change: overwrite`,
    });
  }
}

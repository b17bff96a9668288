import { ON_CHANGE_CHOICES, type OnChange, RELAYS, type RelayName, relaysThat } from '@regfleet/model';
import type { MappingSection } from '../schema/config.ts';
import { placeOf } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';

/** Absent: tags are overwritten. */
export function readOnChange(
  section: MappingSection,
  relay: RelayName,
  { report }: ParseContext,
): OnChange | undefined {
  const entry = section.fields['on-change'];
  if (entry === undefined) return undefined;
  const at = placeOf(section, 'on-change');
  const choice = ON_CHANGE_CHOICES.find((name) => name === entry.value);
  if (choice === undefined) {
    report.error(at, {
      rule: 'on-change-invalid',
      message: `on-change must be one of ${ON_CHANGE_CHOICES.join(', ')}, not "${entry.value}"`,
      hint: 'leave it out to have tags overwritten',
    });
  }
  if (choice === undefined || choice === 'overwrite') return undefined;
  if (RELAYS[relay].heedsOnChange) return choice;
  report.error(at, {
    rule: 'on-change-unsupported',
    message: `the ${relay} relay overwrites whatever the target has`,
    hint: `use relay: ${relaysThat('heedsOnChange')} for this task, or remove on-change`,
  });
  return undefined;
}

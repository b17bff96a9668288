import {
  type OnChange,
  RELAYS,
  type ReferrerRule,
  type RelayName,
  relaysThat,
  TRAIL_FIRST_CHOICES,
  type TrailRule,
} from '@regfleet/model';
import type { MappingSection } from '../schema/config.ts';
import { parseDays } from '../yaml/duration.ts';
import { placeOf } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';

interface Beside {
  readonly relay: RelayName;
  readonly onChange: OnChange | undefined;
  readonly referrers: ReferrerRule | undefined;
}

/** Absent: tags of the target follow at once. */
export function readTrail(
  section: MappingSection,
  beside: Beside,
  context: ParseContext,
): TrailRule | undefined {
  const first = readFirst(section, context);
  const entry = section.fields.trail;
  if (entry === undefined) return undefined;
  const delayMs = parseDays(entry.value);
  if (delayMs === undefined || delayMs <= 0) {
    context.report.error(entry.at, {
      rule: 'trail-invalid',
      message: `"${entry.value}" is no time that a tag can be behind`,
      hint: 'write days or hours: 7d, 36h',
    });
    return undefined;
  }
  checkBeside(section, beside, context);
  return { delayMs, first };
}

function readFirst(section: MappingSection, { report }: ParseContext): TrailRule['first'] {
  const entry = section.fields.first;
  if (entry === undefined) return 'hold';
  const choice = TRAIL_FIRST_CHOICES.find((name) => name === entry.value);
  if (choice === undefined) {
    report.error(entry.at, {
      rule: 'first-invalid',
      message: `first must be one of ${TRAIL_FIRST_CHOICES.join(', ')}, not "${entry.value}"`,
      hint: 'leave it out to have the first image of a tag wait as any other',
    });
  } else if (!section.written.has('trail')) {
    report.error(entry.at, {
      rule: 'first-unused',
      message: 'first has no effect: tags of this mapping do not trail',
      hint: 'write trail beside it, or remove it',
    });
  }
  return choice ?? 'hold';
}

/** That the relay looks at what it overwrites, and that nothing beside it says the contrary. */
function checkBeside(
  section: MappingSection,
  { relay, onChange, referrers }: Beside,
  { report }: ParseContext,
): void {
  const at = placeOf(section, 'trail');
  if (!RELAYS[relay].heedsOnChange) {
    report.error(at, {
      rule: 'trail-unsupported',
      message: `with the ${relay} relay tags follow at once`,
      hint: `use relay: ${relaysThat('heedsOnChange')} for this task, or remove trail`,
    });
  }
  const others: (readonly [string, boolean, string])[] = [
    ['on-change', onChange !== undefined, 'tags that trail are overwritten when their time has come'],
    ['immutable', section.fields.immutable !== undefined, 'what never changes need not trail'],
    ['referrers', referrers !== undefined, 'what belongs to an image does not wait with it'],
  ];
  for (const [key, isThere, why] of others) {
    if (!isThere) continue;
    report.error(at, {
      rule: `trail-beside-${key}`,
      message: `trail cannot be had with ${key}: ${why}`,
      hint: `remove one of them, or give ${key === 'referrers' ? 'this mapping referrers: false' : 'other tags a mapping of their own'}`,
    });
  }
}

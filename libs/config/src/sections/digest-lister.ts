import { DIGEST_LISTER_CHOICES, type DigestListerChoice, isDigestListerChoice } from '@regfleet/model';
import type { RegistrySection } from '../schema/config.ts';
import { placeOf } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';

/** Absent: nothing is said, or nothing that is known, which has been reported. */
export function readDigestLister(
  section: RegistrySection,
  { report }: ParseContext,
): DigestListerChoice | undefined {
  const choice = section.fields['digest-lister']?.value;
  if (choice === undefined || isDigestListerChoice(choice)) return choice;
  report.error(placeOf(section, 'digest-lister'), {
    rule: 'digest-lister-unknown',
    message: `"${choice}" is not a digest lister`,
    hint: `use one of ${DIGEST_LISTER_CHOICES.join(', ')}, or leave the key out`,
  });
  return undefined;
}

import {
  isPlatformList,
  type PlatformSelection,
  RELAYS,
  type ReferrerRule,
  type RelayName,
  relaysThat,
} from '@regfleet/model';
import type { Section } from '../schema/field.ts';
import { DEFAULT_REFERRERS_CHECK_MS, type referrersFields, SIGNATURE_CHOICES } from '../schema/referrers.ts';
import { type Place, placeOf } from '../yaml/sourced.ts';
import type { ParseContext, ReferrerSettings } from './context.ts';

export const NO_REFERRERS: ReferrerSettings = {
  checkMs: DEFAULT_REFERRERS_CHECK_MS,
  needsSignature: false,
};

type ReferrersSection = Section<typeof referrersFields>;

export function readReferrers(
  section: ReferrersSection,
  inherited: ReferrerSettings,
  context: ParseContext,
): ReferrerSettings {
  const written = section.fields.referrers;
  const checkMs = section.fields['referrers-check']?.value ?? inherited.checkMs;
  const needsSignature = readSignatures(section, inherited, context);
  if (written === undefined) return { ...inherited, checkMs, needsSignature };
  const { fields, isOff } = written.value;
  if (isOff) return { checkMs, needsSignature: false };
  const types = fields['artifact-types'];
  if (types !== undefined && types.value.length === 0) {
    context.report.error(types.at, {
      rule: 'referrers-empty',
      message: 'artifact-types names no type: no referrer would be copied',
      hint: 'name one, leave artifact-types out for any, or write referrers: false',
    });
  }
  const annotations = [...(fields.annotations?.value ?? [])].map(([key, { value }]) => [key, value] as const);
  return {
    checkMs,
    needsSignature,
    chosen: {
      ...(types !== undefined && { artifactTypes: types.value.map(({ value }) => value) }),
      ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }),
    },
  };
}

function readSignatures(
  section: ReferrersSection,
  { needsSignature }: ReferrerSettings,
  { report }: ParseContext,
): boolean {
  const written = section.fields.signatures;
  if (written === undefined) return needsSignature;
  if (!SIGNATURE_CHOICES.includes(written.value)) {
    report.error(written.at, {
      rule: 'signatures-unknown',
      message: `"${written.value}" says nothing of signatures`,
      hint: `write ${SIGNATURE_CHOICES.join(' or ')}`,
    });
  }
  return written.value === 'required';
}

export const ruleOf = ({ chosen, checkMs, needsSignature }: ReferrerSettings): ReferrerRule | undefined =>
  chosen && { ...chosen, checkMs, ...(needsSignature && { needsSignature }) };

interface CheckedMapping {
  readonly rule: ReferrerRule | undefined;
  readonly platform: PlatformSelection | undefined;
  readonly relay: RelayName;
  readonly at: Place;
}

/** What a mapping cannot have, or may not expect, of its rule. */
export function checkReferrers(
  section: ReferrersSection,
  { rule, platform, relay, at }: CheckedMapping,
  { report }: ParseContext,
): void {
  const { 'referrers-check': interval, signatures } = section.fields;
  if (rule === undefined && signatures?.value === 'required') {
    report.error(signatures.at, {
      rule: 'signatures-without-referrers',
      message: 'signatures cannot be required where none are copied',
      hint: 'write referrers: true beside it, or remove it',
    });
  }
  if (rule === undefined && interval !== undefined) {
    report.warning(interval.at, {
      rule: 'referrers-check-unused',
      message: 'referrers-check has no effect: this mapping copies no referrers',
      hint: 'write referrers: true beside it, or remove it',
    });
  }
  if (rule?.needsSignature && isPlatformList(platform)) {
    report.error(signatures?.at ?? at, {
      rule: 'signatures-of-platform-list',
      message: 'an index of some platforms cannot be signed: nobody but regfleet has it',
      hint: 'write platform: all, or signatures: optional',
    });
  }
  if (rule === undefined) return;
  const place = section.written.has('referrers') ? placeOf(section, 'referrers') : at;
  if (!RELAYS[relay].copiesReferrers) {
    report.error(place, {
      rule: 'referrers-unsupported',
      message: `the ${relay} relay cannot copy referrers`,
      hint: `use relay: ${relaysThat('copiesReferrers')} for this task, or write referrers: false`,
    });
  } else if (platform !== 'all') {
    report.warning(place, {
      rule: 'referrers-one-platform',
      message:
        'not all platforms are copied: of an index with others, what belongs to the index itself is left behind',
      hint: 'write platform: all, so that signatures of the index fit',
    });
  }
}

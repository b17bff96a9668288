import {
  formatPlatform,
  type OnChange,
  type PlatformSelection,
  type ReferrerRule,
  type RelayName,
} from '@regfleet/model';
import { regexOf } from '../mapping/from.ts';
import { lintMappingRule } from '../mapping/lint.ts';
import type { RuleProblem } from '../mapping/problem.ts';
import { parseMappingRule } from '../mapping/rule.ts';
import type { Mapping } from '../model.ts';
import type { MappingSection } from '../schema/config.ts';
import { type Place, placeOf, type Sourced } from '../yaml/sourced.ts';
import type { ParseContext, ReferrerSettings } from './context.ts';
import { readHistory } from './history.ts';
import { readOnChange } from './on-change.ts';
import { readPlatform } from './platform.ts';
import { checkReferrers, readReferrers, ruleOf } from './referrers.ts';
import { readTrail } from './trail.ts';

/** A mapping beside the text it was made of. */
export interface ReadMapping {
  readonly mapping: Mapping;
  /** What decides the target path. */
  readonly at: Place;
  readonly text: MappingTexts;
}

interface MappingTexts {
  readonly from: string;
  readonly to: string;
  readonly tags: readonly string[];
  /** Absent where the file has no such list. */
  readonly immutable?: readonly string[];
  readonly platform: string;
  /** Absent where the file does not say it. */
  readonly minTags?: number;
  /** Absent: none are copied. */
  readonly referrers?: ReferrerRule;
  /** Absent: tags are overwritten. */
  readonly onChange?: OnChange;
  /** Absent where the file does not say it. */
  readonly backup?: string;
  readonly keepDigests?: string;
  readonly trail?: string;
}

/** What a mapping has of its task. */
export interface MappingDefaults {
  readonly relay: RelayName;
  readonly referrers: ReferrerSettings;
}

const SYNTAX_HINT = 'docs/config.md describes what can be written here, under mappings';

export const hasRegexFrom = (section: MappingSection): boolean =>
  regexOf(section.fields.from?.value ?? '') !== undefined;

/** Undefined when anything is wrong, which has been reported. */
export function readMapping(
  { value: section, at }: Sourced<MappingSection | undefined>,
  { relay, referrers: inherited }: MappingDefaults,
  context: ParseContext,
): ReadMapping | undefined {
  if (section === undefined) {
    context.report.error(at, {
      rule: 'mapping-missing',
      message: 'the mapping is empty',
      hint: 'remove the "-", or write from: behind it',
    });
    return undefined;
  }
  const platform = readPlatform(section, relay, context);
  const onChange = readOnChange(section, relay, context);
  const history = readHistory(section, { relay, onChange }, context);
  const referrers = ruleOf(readReferrers(section, inherited, context));
  checkReferrers(section, { rule: referrers, platform, relay, at }, context);
  const trail = readTrail(section, { relay, onChange, referrers }, context);
  const text = textsOf(section, { platform, referrers, onChange });
  if (section.broken.has('from')) return undefined;
  const { rule, problems } = parseMappingRule(text);
  for (const problem of problems) {
    context.report.error(placeOfProblem(section, problem), { hint: SYNTAX_HINT, ...problem });
  }
  for (const problem of lintMappingRule(text))
    context.report.warning(placeOfProblem(section, problem), problem);
  if (rule === undefined) return undefined;
  checkMinTags(section, rule, context);
  if (trail !== undefined && rule.targetTag?.needsDigest) {
    context.report.error(placeOf(section, 'trail'), {
      rule: 'trail-beside-digest',
      message: 'trail has no effect: tags that are named by {digest} never move',
      hint: 'remove trail, or leave {digest} out of to',
    });
  }
  const { minTags } = text;
  return {
    mapping: {
      path: at.path,
      ...rule,
      ...(minTags !== undefined && { minTags }),
      ...(platform !== undefined && { platform }),
      ...(onChange !== undefined && { onChange }),
      ...(history !== undefined && { history }),
      ...(trail !== undefined && { trail }),
      ...(referrers !== undefined && { referrers }),
    },
    at: placeOf(section, text.to === '' ? 'from' : 'to'),
    text,
  };
}

interface ReadRules {
  readonly platform: PlatformSelection | undefined;
  readonly referrers: ReferrerRule | undefined;
  readonly onChange: OnChange | undefined;
}

function textsOf({ fields }: MappingSection, { platform, referrers, onChange }: ReadRules): MappingTexts {
  const immutable = fields.immutable?.value.map((pattern) => pattern.value);
  const minTags = fields['min-tags']?.value;
  const [backup, keepDigests] = [fields.backup?.value, fields['keep-digests']?.value];
  const trail = fields.trail && `${fields.trail.value} ${fields.first?.value ?? ''}`;
  return {
    from: fields.from?.value ?? '',
    to: fields.to?.value ?? '',
    tags: fields.tags?.value.map((tag) => tag.value) ?? [],
    ...(immutable !== undefined && { immutable }),
    platform: formatPlatform(platform),
    ...(minTags !== undefined && { minTags }),
    ...(referrers !== undefined && { referrers }),
    ...(onChange !== undefined && { onChange }),
    ...(backup !== undefined && { backup }),
    ...(keepDigests !== undefined && { keepDigests }),
    ...(trail !== undefined && { trail }),
  };
}

function checkMinTags(
  section: MappingSection,
  { tags }: Pick<Mapping, 'tags'>,
  { report }: ParseContext,
): void {
  const entry = section.fields['min-tags'];
  if (entry === undefined) return;
  if (entry.value < 1) {
    report.error(entry.at, {
      rule: 'min-tags-invalid',
      message: `min-tags must be 1 or more, not ${entry.value}`,
      hint: 'leave it out where a repository may have no tags to copy',
    });
  }
  if (tags.needsListing) return;
  const named = tags.select([]).length;
  if (named >= entry.value) return;
  report.warning(entry.at, {
    rule: 'min-tags-unreachable',
    message: `min-tags is ${entry.value}, and tags names ${named} and matches no others: every run fails`,
    hint: 'lower min-tags, or add to tags what chooses more',
  });
}

function placeOfProblem(section: MappingSection, { key, index }: RuleProblem): Place {
  const list = key === 'tags' || key === 'immutable' ? section.fields[key]?.value : undefined;
  const item = index === undefined ? undefined : list?.[index];
  return item?.at ?? placeOf(section, key);
}

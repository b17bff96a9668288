import {
  isPlatformList,
  isSyncError,
  MISSING_PLATFORM_CHOICES,
  type MissingPlatform,
  type Platform,
  type PlatformSelection,
  parsePlatform,
  platformLimit,
  platformList,
  type RelayName,
} from '@regfleet/model';
import type { MappingSection } from '../schema/config.ts';
import { type Place, placeOf, type Sourced } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';

/** Absent: the mapping says nothing of it, or what is wrong, which has been reported. */
export function readPlatform(
  section: MappingSection,
  relay: RelayName,
  context: ParseContext,
): PlatformSelection | undefined {
  const missing = readMissing(section, context);
  const entry = section.fields.platform;
  if (entry === undefined) return undefined;
  const { value, at } = entry;
  const platform =
    typeof value === 'string' ? readOne(value, at, context) : readList(value, at, { missing, context });
  checkRelay(platform, { at, relay }, context);
  return platform;
}

function readOne(text: string, at: Place, { report }: ParseContext): PlatformSelection | undefined {
  try {
    const platform = parsePlatform(text);
    if (!isPlatformList(platform)) return platform;
    report.error(at, {
      rule: 'platform-invalid',
      message: `"${text}" is one text for several platforms`,
      hint: 'write a list: [linux/amd64, linux/arm64], without quotes around all of it',
    });
  } catch (error) {
    if (!isSyncError(error)) throw error;
    report.error(at, { rule: 'platform-invalid', message: error.message, hint: error.hint });
  }
  return undefined;
}

function readList(
  items: readonly Sourced<string>[],
  at: Place,
  { missing, context }: { readonly missing: MissingPlatform; readonly context: ParseContext },
): PlatformSelection | undefined {
  const { report } = context;
  if (items.length === 0) {
    report.error(at, {
      rule: 'platform-invalid',
      message: 'the list of platforms is empty',
      hint: 'name at least one, or write platform: all',
    });
    return undefined;
  }
  const platforms = items.map((item) => readItem(item, context));
  const known = platforms.filter((platform) => platform !== undefined);
  return known.length === items.length ? platformList(known, missing) : undefined;
}

function readItem({ value, at }: Sourced<string>, context: ParseContext): Platform | undefined {
  const platform = readOne(value, at, context);
  if (platform !== 'all' && !isPlatformList(platform) && value !== '') return platform;
  context.report.error(at, {
    rule: 'platform-invalid',
    message: value === '' ? 'a platform of the list is empty' : 'all platforms cannot be one of a list',
    hint: 'write os/architecture for each, or platform: all',
  });
  return undefined;
}

function checkRelay(
  platform: PlatformSelection | undefined,
  { at, relay }: { readonly at: Place; readonly relay: RelayName },
  { report }: ParseContext,
): void {
  const limit = platformLimit(relay, platform);
  if (limit === undefined) return;
  report.error(at, {
    rule: platform === 'all' ? 'platform-all-unsupported' : 'platform-list-unsupported',
    message: limit.message,
    hint: `${limit.hint} for this task`,
  });
}

function readMissing(section: MappingSection, { report }: ParseContext): MissingPlatform {
  const { platform, 'platform-missing': entry } = section.fields;
  if (entry === undefined) return 'fail';
  const at = placeOf(section, 'platform-missing');
  const choice = MISSING_PLATFORM_CHOICES.find((name) => name === entry.value);
  if (choice === undefined) {
    report.error(at, {
      rule: 'platform-missing-invalid',
      message: `platform-missing must be ${MISSING_PLATFORM_CHOICES.join(' or ')}, not "${entry.value}"`,
      hint: 'leave it out to have images fail that lack a platform',
    });
  }
  if (platform === undefined || typeof platform.value === 'string') {
    report.error(at, {
      rule: 'platform-missing-without-list',
      message: 'platform-missing stands beside no list of platforms',
      hint: 'write platform as a list, e.g. [linux/amd64], or remove platform-missing',
    });
  }
  return choice ?? 'fail';
}

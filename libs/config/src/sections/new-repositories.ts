import type { RepositoryOptions } from '@regfleet/model';
import type { EcrSection } from '../schema/config.ts';
import { placeOf } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';

// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html#id_tags_naming_best_practices
const MAX_TAGS = 50;
const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;

const PRIVATE_KEYS = ['scan-on-push', 'immutable-tags', 'lifecycle-policy'] as const;

/** What `ecr` says of repositories that are made. */
export function readNewRepositories(
  section: EcrSection,
  { isPublic }: { readonly isPublic: boolean },
  context: ParseContext,
): RepositoryOptions {
  if (isPublic) warnOfPrivateKeys(section, context);
  const tags = readTags(section, context);
  const scanOnPush = section.fields['scan-on-push']?.value;
  const immutableTags = section.fields['immutable-tags']?.value;
  const lifecyclePolicy = readPolicy(section, context);
  return {
    ...(tags && { tags }),
    ...(scanOnPush !== undefined && { scanOnPush }),
    ...(immutableTags !== undefined && { immutableTags }),
    ...(lifecyclePolicy !== undefined && { lifecyclePolicy }),
  };
}

function warnOfPrivateKeys(section: EcrSection, { report }: ParseContext): void {
  for (const key of PRIVATE_KEYS) {
    const entry = section.fields[key];
    if (entry === undefined || entry.value === false) continue;
    report.warning(entry.at, {
      rule: 'ecr-public-unsupported',
      message: `public ECR has no ${key}; it is ignored`,
      hint: 'remove it: repositories of public.ecr.aws only take tags',
    });
  }
}

function readTags(section: EcrSection, { report }: ParseContext): RepositoryOptions['tags'] {
  const tags = section.fields.tags;
  if (tags === undefined) return undefined;
  if (tags.value.size > MAX_TAGS) {
    report.error(tags.at, {
      rule: 'ecr-tags-too-many',
      message: `${tags.value.size} tags, while AWS takes at most ${MAX_TAGS}`,
      hint: 'remove some',
    });
  }
  for (const [key, { value, at }] of tags.value) {
    const problem = tagProblem(key, value);
    if (problem === undefined) continue;
    report.error(at, {
      rule: 'ecr-tag-invalid',
      message: `AWS takes no tag "${key}": ${problem}`,
      hint: `use a key of 1 to ${MAX_KEY_LENGTH} characters that does not begin with aws:, and a value of at most ${MAX_VALUE_LENGTH}`,
    });
  }
  return Object.fromEntries([...tags.value].map(([key, { value }]) => [key, value]));
}

function tagProblem(key: string, value: string): string | undefined {
  if (key === '') return 'its key is empty';
  if (key.length > MAX_KEY_LENGTH) return `its key has ${key.length} characters`;
  if (/^aws:/i.test(key)) return 'keys with aws: are reserved';
  return value.length > MAX_VALUE_LENGTH ? `its value has ${value.length} characters` : undefined;
}

function readPolicy(section: EcrSection, { report }: ParseContext): string | undefined {
  const policy = section.fields['lifecycle-policy'];
  if (policy === undefined || policy.value.trim() === '') return undefined;
  if (!isPolicy(policy.value)) {
    report.error(placeOf(section, 'lifecycle-policy'), {
      rule: 'lifecycle-policy-invalid',
      message: 'the lifecycle policy is not a JSON object with a list of rules',
      hint: 'write {"rules": [...]} below lifecycle-policy: |',
    });
  }
  return policy.value.trim();
}

// What the rules may hold is ECR's to say; it refuses the repository's first copy with a clear message.
function isPolicy(text: string): boolean {
  try {
    const policy: unknown = JSON.parse(text);
    return typeof policy === 'object' && policy !== null && 'rules' in policy && Array.isArray(policy.rules);
  } catch {
    return false;
  }
}

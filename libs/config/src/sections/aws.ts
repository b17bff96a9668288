import { type AwsIdentity, parseEcrHost, type RegistryName } from '@regfleet/model';
import type { AwsSection, LocationSection, RegistrySection } from '../schema/config.ts';
import { type Place, placeOf } from '../yaml/sourced.ts';
import type { ParseContext, RegistryDefaults } from './context.ts';
import { readNewRepositories } from './new-repositories.ts';

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;

/**
 * What `aws` and `ecr` of a section say.
 *
 * @param registry - without a public account; absent: it is not known, and not checked.
 */
export function readAmazonKeys(
  section: LocationSection | RegistrySection,
  registry: RegistryName | undefined,
  context: ParseContext,
): Pick<RegistryDefaults, 'aws' | 'newRepositories'> {
  const { aws, ecr } = section.fields;
  for (const key of ['aws', 'ecr'] as const) {
    const at = section.fields[key]?.at;
    if (at !== undefined && registry !== undefined) checkHost(at, key, registry, context);
  }
  const identity = aws && readIdentity(aws.value, context);
  const isPublic = registry !== undefined && parseEcrHost(registry.host)?.kind === 'public';
  const newRepositories = ecr && readNewRepositories(ecr.value, { isPublic }, context);
  return { ...(identity && { aws: identity }), ...(newRepositories && { newRepositories }) };
}

function checkHost(at: Place, key: string, registry: RegistryName, { report }: ParseContext): void {
  if (parseEcrHost(registry.host) !== undefined) return;
  report.error(at, {
    rule: `${key}-not-ecr`,
    message: `${key} is given, but "${registry.text}" is not an ECR registry`,
    hint: `remove ${key}: it only has a meaning for <account>.dkr.ecr.<region>.amazonaws.com and public.ecr.aws, without a port`,
  });
}

/** Undefined when nothing is given, which means the same as no `aws` at all. */
function readIdentity(section: AwsSection, { report }: ParseContext): AwsIdentity | undefined {
  const profile = section.fields.profile?.value ?? '';
  const roleArn = section.fields['role-arn']?.value ?? '';
  const externalId = section.fields['external-id']?.value ?? '';
  if (roleArn !== '' && !ROLE_ARN.test(roleArn)) {
    report.error(placeOf(section, 'role-arn'), {
      rule: 'role-arn-invalid',
      message: `"${roleArn}" is not the ARN of a role`,
      hint: 'write arn:aws:iam::<account>:role/<name>; in China the partition is aws-cn',
    });
  }
  if (externalId !== '' && roleArn === '') {
    report.error(placeOf(section, 'external-id'), {
      rule: 'external-id-without-role',
      message: 'external-id without role-arn',
      hint: 'add role-arn: an external id is shown when a role is assumed, never else',
    });
  }
  if (profile === '' && roleArn === '') return undefined;
  return {
    ...(profile !== '' && { profile }),
    ...(roleArn !== '' && { roleArn }),
    ...(externalId !== '' && { externalId }),
  };
}

import type { Fields, SectionField } from './field.ts';

const awsSection = {
  kind: 'section',
  title: 'aws',
  about:
    'ECR only: the AWS identity that logs in, lists and makes repositories. Files of logins are not asked where it is given.',
  intro:
    'The AWS identity that is used for one ECR registry. Without it, AWS finds who this process is: environment, shared files, web identity, the role of the machine.',
  fallback: 'as AWS finds it in the environment',
  extension: true,
  everyNullIsAbsent: true,
  fields: {
    profile: {
      kind: 'text',
      about: 'A profile of the shared AWS config and credentials files.',
      extension: true,
      examples: ['production'],
    },
    'role-arn': {
      kind: 'text',
      about: 'A role to assume, as the profile or as whoever this process is.',
      extension: true,
      examples: ['arn:aws:iam::123456789012:role/mirror'],
    },
    'external-id': {
      kind: 'text',
      about: 'What the trust policy of `role-arn` asks for.',
      extension: true,
      examples: ['fleet-1'],
    },
  },
  sample: `relay: direct
tasks:
- name: between-accounts
  source:
    registry: 111111111111.dkr.ecr.eu-west-1.amazonaws.com
    aws:
      profile: staging
  target:
    registry: 222222222222.dkr.ecr.eu-west-1.amazonaws.com
    aws:
      role-arn: arn:aws:iam::222222222222:role/mirror
      external-id: fleet-1
  mappings:
  - from: team/app
`,
} as const satisfies SectionField;

const ecrSection = {
  kind: 'section',
  title: 'ecr',
  about: 'ECR only: what repositories are given that are missing at the target, and made there.',
  intro:
    'ECR takes no image for a repository that does not exist: a missing one is made before the first copy, with these settings. One that exists is left as it is. Public ECR only knows `tags`.',
  fallback: 'the defaults of ECR',
  extension: true,
  everyNullIsAbsent: true,
  fields: {
    tags: {
      kind: 'dictionary',
      keys: '<key>',
      item: { kind: 'text', about: 'The value of the tag.' },
      about: 'Tags of the repository.',
      extension: true,
    },
    'scan-on-push': {
      kind: 'flag',
      about: 'Scan images when they are pushed.',
      extension: true,
      examples: [true],
    },
    'immutable-tags': {
      kind: 'flag',
      about:
        'Refuse to let a tag name another image once it exists; a tag that moves at the source can then not be copied again.',
      extension: true,
      examples: [true],
    },
    'lifecycle-policy': {
      kind: 'text',
      about: 'The JSON of a lifecycle policy.',
      extension: true,
    },
  },
  sample: `relay: direct
registries:
  123456789012.dkr.ecr.eu-central-1.amazonaws.com:
    ecr:
      tags:
        team: platform
        cost-centre: 4711
      scan-on-push: true
      immutable-tags: true
      lifecycle-policy: |
        {"rules": [{
          "rulePriority": 1,
          "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 10},
          "action": {"type": "expire"}
        }]}
`,
} as const satisfies SectionField;

/** The keys that only Amazon registries have, in locations and under `registries`. */
export const AWS_FIELDS = { aws: awsSection, ecr: ecrSection } as const satisfies Fields;

import {
  DIGEST_LISTER_CHOICES,
  DIGEST_LISTERS,
  LISTER_TYPES,
  LISTERS,
  type ListerOptionName,
  listerOptions,
} from '@regfleet/model';
import { AWS_FIELDS } from './aws.ts';
import type { DictionaryField, Fields, SectionField, TextField } from './field.ts';

const ENVIRONMENT = `\`\${NAME}\` is replaced by the environment variable, \`$$\` by \`$\`.`;

/** The keys that give credentials, in locations and under `registries`. */
export const CREDENTIAL_FIELDS = {
  auth: {
    kind: 'text',
    about: `\`none\` for no credentials at all, else base64 of \`{"username": "...", "password": "..."}\` or of \`username:password\`. ${ENVIRONMENT}`,
    fallback: 'what the environment offers: auth files of docker and skopeo, cloud identities',
    secret: true,
    examples: ['none', 'eyJ1c2VybmFtZSI6ImpvZSIsInBhc3N3b3JkIjoic2VjcmV0In0=', `\${REGISTRY_AUTH}`],
  },
  username: {
    kind: 'text',
    about: `Instead of \`auth\`, together with \`password\`, \`password-file\` or \`github-audience\`. ${ENVIRONMENT}`,
    extension: true,
    examples: ['joe'],
  },
  password: {
    kind: 'text',
    about: `The password or access token of \`username\`. ${ENVIRONMENT}`,
    extension: true,
    secret: true,
    examples: [`\${REGISTRY_PASSWORD}`],
  },
  'password-file': {
    kind: 'text',
    about:
      'File that holds the password of `username`, read again when it changes; one line end at its end is not part of the password. A relative path starts at the config file.',
    extension: true,
    examples: ['/run/secrets/registry-password'],
  },
  'github-audience': {
    kind: 'text',
    about:
      'The password of `username` is the ID token (OIDC) of the job of GitHub Actions that this process runs in, made out to this audience and renewed before it expires. The job needs `permissions: id-token: write`.',
    extension: true,
    examples: ['registry.example.com'],
  },
} as const satisfies Fields;

const skipTlsVerify = {
  kind: 'flag',
  about:
    'Do not verify certificates, and speak plain HTTP where there is no TLS, as is done without it on this machine, in private networks and below `.local`. What the docker relay pulls and pushes follows the settings of its daemon instead.',
  fallback: '`false`',
  examples: [true],
} as const;

const registrySection = {
  kind: 'section',
  title: 'registries',
  about: 'Settings of one registry.',
  intro:
    'How a registry is talked to, by `host` or `host:port`, wherever a task or command names it. What a location says itself wins; its credentials and its `aws` replace these as a whole, its `ecr` key by key.',
  extension: true,
  fields: {
    ...CREDENTIAL_FIELDS,
    'skip-tls-verify': skipTlsVerify,
    'certs-dir': {
      kind: 'text',
      about: 'As `skopeo.certs-dir`, for this registry.',
      fallback: '`skopeo.certs-dir`',
      examples: ['/etc/regfleet/certs.d'],
    },
    ...AWS_FIELDS,
    concurrency: {
      kind: 'integer',
      about:
        'At most this many copies from this registry at once, whatever their relay: in the whole fleet, or in the process of `regfleet sync`.',
      fallback: 'no limit but that of the workers',
      examples: [4],
    },
    'target-concurrency': {
      kind: 'integer',
      about: 'The same for copies to this registry. A copy within one registry counts as one of each.',
      fallback: 'no limit but that of the workers',
      examples: [8],
    },
    'requests-per-second': {
      kind: 'integer',
      about:
        'At most this many requests a second to this registry, those for tokens, tags and comparisons included, in the whole fleet or in the process of `regfleet sync`; for each account, and for each `--egress`. What `skopeo` and `docker` send themselves is not counted.',
      fallback: 'no limit until the registry refuses something with 429; then it is found out',
      minimum: 1,
      examples: [50],
    },
    bandwidth: {
      kind: 'text',
      about:
        'At most so many bytes a second of blobs from and to this registry, taken together, in the same way: a number of bytes, or one with `kB`, `MB`, `GB`, or `KiB`, `MiB`, `GiB`. At least `64kB`.',
      fallback: 'no limit',
      examples: ['50MB', '512KiB'],
    },
    'digest-lister': {
      kind: 'text',
      about: `By which API of the registry the digests of many tags are read at once, so that unchanged ones cost no request each: ${Object.entries(
        DIGEST_LISTERS,
      )
        .map(([name, { about }]) => `\`${name}\` is that of ${about}`)
        .join(
          ', ',
        )}. What a list shows to differ is asked about as always. \`none\`: each tag is asked about, as a cache of another registry has to be that fetches what is asked for.`,
      fallback:
        'that of Amazon ECR, Google and quay.io by their hosts, of Harbor by the token service that it names; `none` elsewhere',
      choices: DIGEST_LISTER_CHOICES,
      examples: ['harbor'],
    },
    'pull-reserve': {
      kind: 'integer',
      about:
        'How many pulls are left to others who share the account, or without one the address: where the registry says that no more are left (`ratelimit-remaining`, as Docker Hub does), the fleet asks it for nothing until about one more is.',
      fallback: 'none; the registry refuses when none are left',
      minimum: 1,
      examples: [20],
    },
  },
  sample: `registries:
  docker.io:
    username: joe
    password-file: password.txt
    concurrency: 4
    requests-per-second: 10
    bandwidth: 50MB
  registry.example.com:5000:
    auth: none
    skip-tls-verify: true
    certs-dir: /etc/regfleet/certs.d
`,
} as const satisfies SectionField;

export const registriesField = {
  kind: 'dictionary',
  about: 'Settings by registry.',
  extension: true,
  keys: '<host[:port]>',
  item: registrySection,
} as const satisfies DictionaryField;

const listerOptionFields = Object.fromEntries(
  LISTER_TYPES.flatMap(listerOptions).map(([name, { about, examples }]) => [
    name,
    { kind: 'text', about, examples } satisfies TextField,
  ]),
) as Readonly<Record<ListerOptionName, TextField>>;

const listerSection = {
  kind: 'section',
  title: 'lister of a location',
  about: 'How the repositories of a source are listed for a `regex:` in `from`.',
  fallback: '`catalog`',
  everyNullIsAbsent: true,
  fields: {
    type: {
      kind: 'text',
      about: `${LISTER_TYPES.map((type) => `\`${type}\`: ${LISTERS[type].about}`).join('; ')}.`,
      required: true,
      choices: LISTER_TYPES,
      examples: ['dockerhub'],
    },
    ...listerOptionFields,
  },
  sample: `relay: skopeo
tasks:
- name: plugins
  source:
    registry: registry.hub.docker.com
    lister:
      type: index
      search: jenkins
  target:
    registry: registry.example.com
  mappings:
  - from: regex:jenkins/jnlp-.*
`,
} as const satisfies SectionField;

export const locationSection = {
  kind: 'section',
  title: 'source and target',
  intro: 'A registry and how to talk to it.',
  about: 'A registry.',
  fields: {
    registry: {
      kind: 'text',
      about:
        'Host and optional port, without scheme. A path after it prefixes every plain mapping. `account[:region]@public.ecr.aws` names the account of a public ECR registry.',
      required: true,
      examples: ['docker.io', 'registry.example.com:5000'],
    },
    lister: listerSection,
    ...CREDENTIAL_FIELDS,
    'auth-refresh': {
      kind: 'duration',
      about:
        'ECR only: log in with the AWS identity, whatever `auth` says, and again at least this often. At least `1h`.',
      fallback: '`auth`; without it, that identity as long as its login lasts',
      examples: ['10h'],
    },
    ...AWS_FIELDS,
    'skip-tls-verify': skipTlsVerify,
    listertype: {
      kind: 'text',
      about: 'The type of the lister.',
      choices: LISTER_TYPES,
      deprecated: { since: 'dregsy, by accident', instead: 'lister.type' },
    },
  },
  sample: `relay: skopeo
tasks:
- name: to-ecr
  interval: 600
  source:
    registry: docker.io
    username: joe
    password-file: password.txt
  target:
    registry: 123456789012.dkr.ecr.eu-central-1.amazonaws.com
    auth-refresh: 10h
  mappings:
  - from: library/busybox
`,
  differences: [
    'Both forms of `auth` work with every relay, and passwords keep every character.',
    'The account of a public ECR registry is kept for lists; dregsy forgets it.',
    'What is no registry, or has credentials before it, is an error; dregsy fails when it copies.',
    'Every name of an ECR registry is one to `auth-refresh`: FIPS and dual-stack hosts, and with a path.',
  ],
} as const satisfies SectionField;

import { RELAY_NAMES, RELAYS } from '@regfleet/model';
import { deprecatedDockerFields } from '../relays/docker.ts';
import { relaySections } from '../relays/index.ts';
import type { SectionField, ValueOf } from './field.ts';
import { globalListerSection, limitsSection, redisSection, retriesSection } from './globals.ts';
import { registriesField } from './location.ts';
import { receiverSection } from './notify.ts';
import { referrersFields } from './referrers.ts';
import { taskSection } from './task.ts';

/** The one definition of the config file: reading, warnings, the JSON Schema and the reference follow from it. */
export const configSchema = {
  kind: 'section',
  title: 'The file',
  about: 'The keys at the top of the file.',
  fields: {
    relay: {
      kind: 'text',
      about: `What copies the images. ${RELAY_NAMES.map((name) => `\`${name}\`: ${RELAYS[name].about}`).join('; ')}.`,
      fallback: '`docker`',
      choices: RELAY_NAMES,
      examples: ['skopeo', 'direct'],
    },
    ...relaySections,
    lister: globalListerSection,
    redis: redisSection,
    registries: registriesField,
    retries: retriesSection,
    ...referrersFields,
    limits: limitsSection,
    notify: {
      kind: 'list',
      item: receiverSection,
      about: 'Who is told when the state of a task changes.',
      fallback: 'nobody',
      extension: true,
    },
    tasks: {
      kind: 'list',
      item: taskSection,
      about: 'The tasks.',
      fallback: 'nothing to do, with a warning; `[]` says that it is meant',
    },
    watch: {
      kind: 'flag',
      about: 'Read the file again when it changes.',
      fallback: '`false`',
      examples: [true],
    },
    ...deprecatedDockerFields,
  },
  sample: `relay: skopeo
watch: true
tasks:
- name: busybox
  interval: 3600
  source:
    registry: docker.io
  target:
    registry: registry.example.com
  mappings:
  - from: library/busybox
    to: mirror/busybox
`,
  differences: [
    'Unknown keys are warnings with a suggestion; dregsy says nothing. Keys that begin with `x-`, and keys that only hold anchors used elsewhere, are left alone.',
    'Every error of the file is reported, each with its line; dregsy stops at the first.',
    'A changed file with errors does not stop the process: the previous one stays in force. So it does where the changed file has no tasks and does not say `tasks: []`, as one that was cut off.',
    'A file without tasks, and a task without mappings, are valid, and warned of.',
  ],
} as const satisfies SectionField;

export type ConfigSection = ValueOf<typeof configSchema>;
export type TaskSection = ValueOf<typeof taskSection>;
export type LocationSection = ValueOf<typeof taskSection.fields.source>;
export type RegistrySection = ValueOf<typeof registriesField.item>;
export type AwsSection = NonNullable<LocationSection['fields']['aws']>['value'];
export type EcrSection = NonNullable<LocationSection['fields']['ecr']>['value'];
export type MappingSection = NonNullable<
  NonNullable<TaskSection['fields']['mappings']>['value'][number]['value']
>;
export type ReceiverSection = ValueOf<typeof receiverSection>;
export type RedisSection = ValueOf<typeof redisSection>;
export type RetriesSection = ValueOf<typeof retriesSection>;

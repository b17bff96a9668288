/** What the config reference says before the sections. */
export const REFERENCE_START = `# The config file

<!-- Made by \`npm run generate\` from libs/config/src/schema. -->

A YAML file, given with \`-c\`, else by \`REGFLEET_CONFIG\`, else \`config.yaml\`. A config of dregsy works unchanged; what differs is said with
each section. \`regfleet validate\` lists everything that is wrong or doubtful, each with its line, and \`config.schema.json\` beside this page lets
editors complete and check keys:

\`\`\`yaml
# yaml-language-server: $schema=config.schema.json
relay: direct
\`\`\`

## How values are read

As dregsy reads them: the key decides the type, not the look of the value.

| Type | Written as |
|---|---|
| text | Any single value, quoted or not, taken as it is written: \`1.10\` stays \`1.10\`, \`010\` stays \`010\`, \`yes\` stays \`yes\`. |
| true/false | \`true\`, \`yes\`, \`on\`, \`y\` and \`false\`, \`no\`, \`off\`, \`n\`, in lower, Title or UPPER case, without quotes. |
| number | Digits without quotes. \`0x1F\`, \`0b11\`, \`0o17\`; **a leading zero means octal**: \`010\` is 8. \`_\` may separate digits; fractions are cut off. |
| duration | Numbers with units \`h\`, \`m\`, \`s\`, \`ms\`, \`us\`, \`ns\`: \`90s\`, \`1h30m\`, \`1.5h\`. There are no days. A bare number means **nanoseconds**, and is a warning. |

- Empty, \`~\` and \`null\` are the same as leaving the key out.
- Keys may be repeated: the last value wins, and repeated sections are merged.
- Anchors, aliases and merge keys (\`<<\`) work. Merges go **by position and deep**: what stands after \`<<\` overrides it, what stands before is
  overridden by it, and a section such as \`target\` is merged key by key into the one that was merged in. Lists are replaced.
- Only the first document of a file is read.

\`\`\`yaml
relay: skopeo
x-defaults: &defaults
  interval: 3600
  source:
    registry: docker.io
  target:
    registry: registry.example.com
    skip-tls-verify: true
tasks:
- <<: *defaults
  name: busybox
  target:
    registry: other.example.com # skip-tls-verify stays true
  mappings:
  - from: library/busybox
\`\`\`
`;

/** What it says after them. */
export const REFERENCE_END = `## Secrets

\`auth\`, \`username\`, \`sentinel-username\`, \`password\` and \`redis.url\` may refer to environment variables: \`\${NAME}\` is replaced, \`$$\` stands for one \`$\`, and any other \`$\`
stays as it is. A variable that is not set, or is empty, is an error. Nowhere else is anything replaced: \`\${1}\` in \`to\` is a group of its expression.

Secrets are never logged, never given to another program as argument, and never stored in Redis: each worker reads them from its own copy of the
config.
`;

import type { SectionField } from './field.ts';

export const NOTIFY_FORMATS = ['json', 'slack', 'cloudevents'] as const;
export const NOTIFY_EVENTS = ['failing', 'recovered', 'vanished', 'returned'] as const;

export const receiverSection = {
  kind: 'section',
  title: 'notify[]',
  about: 'A receiver of notifications.',
  intro:
    'Who is told by a webhook when the state of a task changes, and only then. The leading scheduler (`regfleet scheduler`, `regfleet up`) tells; `regfleet sync` tells nobody.',
  extension: true,
  fields: {
    name: {
      kind: 'text',
      about:
        'By which logs name the receiver, and the fleet remembers what it was told: under another name it is a new one.',
      required: true,
      examples: ['on-call'],
    },
    url: {
      kind: 'text',
      about: `Where notifications are posted to, \`https://\` or \`http://\`, without a login. It is a secret. \`\${NAME}\` is replaced by the environment variable, \`$$\` by \`$\`.`,
      required: true,
      secret: true,
      examples: [`\${NOTIFY_URL}`],
    },
    format: {
      kind: 'text',
      about:
        '`json`: a document of ours; `slack`: a message for an incoming webhook; `cloudevents`: an event of CloudEvents 1.0 around the document.',
      fallback: '`json`',
      choices: NOTIFY_FORMATS,
      examples: ['slack'],
    },
    on: {
      kind: 'texts',
      about:
        'What is told: `failing`, the last run failed and the one before did not; `recovered`, the next one that succeeded; `vanished`, something is missing at the source, or moved there, in a way that nothing was before; `returned`, nothing is any more.',
      fallback: 'all of them',
    },
    headers: {
      kind: 'dictionary',
      keys: 'name of a header',
      about: 'Sent along. The values are secrets, with variables as in `url`.',
      secret: true,
      item: { kind: 'text', about: 'The value of the header.' },
    },
  },
  sample: `notify:
- name: on-call
  url: https://hooks.example.com/on-call
  format: slack
  on: [failing, recovered]
`,
} as const satisfies SectionField;

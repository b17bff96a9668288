import { Secret } from '@regfleet/model';
import { expandEnvironment, literalOf } from '../credentials/environment.ts';
import { warnOfOpenConfig } from '../credentials/open-file.ts';
import type { NotifyEvent, Receiver } from '../model.ts';
import type { ConfigSection, ReceiverSection } from '../schema/config.ts';
import { NOTIFY_EVENTS, NOTIFY_FORMATS } from '../schema/notify.ts';
import { placeOf, type Sourced } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';

const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// Of the connection, or of the body that we write.
const OUR_HEADERS = new Set(['host', 'content-length', 'content-type', 'connection', 'transfer-encoding']);

/** Every receiver that can be told. */
export function readReceivers(config: ConfigSection, context: ParseContext): readonly Receiver[] {
  const names = new Set<string>();
  return (config.fields.notify?.value ?? []).flatMap(({ value, at }) => {
    if (value === undefined) {
      context.report.error(at, {
        rule: 'notify-receiver-missing',
        message: 'the receiver is empty',
        hint: 'remove the "-", or write name: and url: behind it',
      });
      return [];
    }
    const name = readName(value, names, context);
    const url = readUrl(value, context);
    const format = readFormat(value, context);
    const on = readEvents(value, context);
    const headers = readHeaders(value, context);
    return name === undefined || url === undefined ? [] : [{ name, url, format, on, headers }];
  });
}

function readName(
  section: ReceiverSection,
  taken: Set<string>,
  { report }: ParseContext,
): string | undefined {
  const name = section.fields.name?.value;
  if (section.broken.has('name')) return undefined;
  if (name === undefined || !/^[\w.-]{1,64}$/.test(name)) {
    report.error(placeOf(section, 'name'), {
      rule: 'notify-name-invalid',
      message: name === undefined ? 'the receiver has no name' : `"${name}" cannot name a receiver`,
      hint: 'add name: with letters, digits, ".", "_" and "-", 64 at most',
    });
    return undefined;
  }
  if (taken.has(name)) {
    report.error(placeOf(section, 'name'), {
      rule: 'notify-name-repeated',
      message: `another receiver has the name "${name}"`,
      hint: 'give each receiver a name of its own',
    });
  }
  taken.add(name);
  return name;
}

function readUrl(section: ReceiverSection, context: ParseContext): Secret | undefined {
  const { url: written } = section.fields;
  if (section.broken.has('url')) return undefined;
  if (written === undefined || written.value === '') {
    context.report.error(placeOf(section, 'url'), {
      rule: 'notify-url-missing',
      message: 'the receiver has no url',
      hint: `add url: \${NAME} to take it from the environment`,
    });
    return undefined;
  }
  const text = expandEnvironment(written, context);
  warnOfOpenConfig(written, literalOf(written.value).replace(/^https?:\/\/[^/]*\/?/, ''), context);
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '')
    return new Secret(text);
  // Not shown: it is a secret.
  context.report.error(written.at, {
    rule: 'notify-url-invalid',
    message: 'the url of the receiver is none of a webhook',
    hint: 'write https://host/path, and a login, if it wants one, below headers:',
  });
  return undefined;
}

function readFormat(section: ReceiverSection, { report }: ParseContext): Receiver['format'] {
  const written = section.fields.format;
  if (written === undefined) return 'json';
  const format = NOTIFY_FORMATS.find((name) => name === written.value);
  if (format !== undefined) return format;
  report.error(written.at, {
    rule: 'notify-format-invalid',
    message: `format must be one of ${NOTIFY_FORMATS.join(', ')}, not "${written.value}"`,
    hint: 'leave it out for json',
  });
  return 'json';
}

function readEvents(section: ReceiverSection, { report }: ParseContext): readonly NotifyEvent[] {
  const written = section.fields.on;
  if (written === undefined) return NOTIFY_EVENTS;
  const entries: readonly Sourced<string>[] =
    typeof written.value === 'string' ? [{ value: written.value, at: written.at }] : written.value;
  if (entries.length === 0) {
    report.error(written.at, {
      rule: 'notify-on-empty',
      message: 'the receiver is told nothing',
      hint: 'leave on: out to have it told everything',
    });
  }
  return entries.flatMap(({ value, at }) => {
    const event = NOTIFY_EVENTS.find((name) => name === value);
    if (event !== undefined) return [event];
    report.error(at, {
      rule: 'notify-on-invalid',
      message: `on may have ${NOTIFY_EVENTS.join(', ')}, not "${value}"`,
      hint: 'leave on: out to have everything told',
    });
    return [];
  });
}

function readHeaders(section: ReceiverSection, context: ParseContext): ReadonlyMap<string, Secret> {
  const headers = new Map<string, Secret>();
  for (const [name, entry] of section.fields.headers?.value ?? []) {
    const value = expandEnvironment(entry, context);
    warnOfOpenConfig(entry, literalOf(entry.value), context);
    const isName = HEADER.test(name) && !OUR_HEADERS.has(name.toLowerCase());
    if (!isName || (value !== undefined && !/^[\t\x20-\x7e]*$/.test(value))) {
      context.report.error(entry.at, {
        rule: 'notify-header-invalid',
        message: isName ? 'the value cannot be that of a header' : 'there is no such header to be set',
        hint: 'write a name of letters, digits and "-", but none of the body or the connection, and a value of one line in ASCII',
      });
    } else if (value !== undefined) headers.set(name.toLowerCase(), new Secret(value));
  }
  return headers;
}

import { errors } from 'undici';

export interface AnswerHead {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  /** How its body ends. */
  readonly framing: Framing;
  /** True: the connection may carry another request once it has ended. */
  readonly isKept: boolean;
  /** How long the server keeps a connection that nobody uses, in milliseconds; absent: it does not say. */
  readonly keptMs: number | undefined;
}

/** Bytes of the body; `close`: until the connection ends. */
export type Framing = number | 'chunked' | 'close';

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const NO_TOKEN = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/;
const NO_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const LENGTH = /^\d{1,15}$/;
const KEPT_SECONDS = /(?:^|[,;\s])timeout=(\d{1,6})/i;

/**
 * The head of an answer. Strict, for what two readers take differently is how one answer is passed off as another: no folded lines,
 * no second length, no length beside chunks, no coding but chunks (RFC 9112, 5.2 and 6).
 *
 * @param text - in Latin-1, without the empty line.
 * @param isToHead - it answers a HEAD.
 * @throws `HTTPParserError`.
 */
export function parseHead(text: string, isToHead: boolean): AnswerHead {
  const lineEnd = text.indexOf('\r\n');
  const statusLine = STATUS_LINE.exec(lineEnd === -1 ? text : text.slice(0, lineEnd));
  if (statusLine === null) throw noHttp('its first line is none of HTTP/1.1', 'INVALID_CONSTANT');
  const status = Number(statusLine[2]);
  const isOld = statusLine[1] === '0';
  if (isOld && status < 200) throw noHttp('HTTP/1.0 announces no answers', 'INVALID_STATUS');
  if (status === 101) throw noHttp('it changes the protocol', 'UNEXPECTED_UPGRADE');
  const headers = lineEnd === -1 ? NONE : parseFields(text, lineEnd + 2);
  const framing = framingOf(headers, isOld);
  const hasNoBody = isToHead || status < 200 || status === 204 || status === 304;
  const tokens = tokensOf(headers.connection);
  const isKept = isOld ? tokens.includes('keep-alive') : !tokens.includes('close');
  const kept = KEPT_SECONDS.exec(String(headers['keep-alive'] ?? ''));
  return {
    status,
    headers,
    framing: hasNoBody ? 0 : framing,
    isKept: isKept && (hasNoBody || framing !== 'close'),
    keptMs: kept === null ? undefined : Number(kept[1]) * 1000,
  };
}

export const noHttp = (what: string, code: string): Error =>
  Object.assign(new errors.HTTPParserError(`not HTTP: ${what}`), { code: `HPE_${code}` });

const NONE: AnswerHead['headers'] = Object.freeze({ __proto__: null }) as never;

function parseFields(text: string, from: number): AnswerHead['headers'] {
  const fields: AnswerHead['headers'] = { __proto__: null } as never;
  for (let start = from; start <= text.length; ) {
    const found = text.indexOf('\r\n', start);
    const end = found === -1 ? text.length : found;
    const colon = text.indexOf(':', start);
    if (colon <= start || colon > end) throw noHttp('a line of its head is no field', 'INVALID_HEADER_TOKEN');
    const name = text.slice(start, colon).toLowerCase();
    const value = unpadded(text, colon + 1, end);
    if (NO_TOKEN.test(name) || NO_VALUE.test(value))
      throw noHttp('a field of its head has forbidden characters', 'INVALID_HEADER_TOKEN');
    const before = fields[name];
    fields[name] = before === undefined ? value : [before, value].flat();
    start = end + 2;
  }
  return fields;
}

function unpadded(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

function framingOf(headers: AnswerHead['headers'], isOld: boolean): Framing {
  const { 'content-length': length, 'transfer-encoding': coding } = headers;
  if (coding !== undefined) {
    if (length !== undefined)
      throw noHttp('it has a length beside a transfer coding', 'UNEXPECTED_CONTENT_LENGTH');
    if (isOld || typeof coding !== 'string' || coding.toLowerCase() !== 'chunked')
      throw noHttp('it comes in a transfer coding that was not asked for', 'INVALID_TRANSFER_ENCODING');
    return 'chunked';
  }
  if (length === undefined) return 'close';
  if (typeof length !== 'string' || !LENGTH.test(length))
    throw noHttp('its length is none', 'INVALID_CONTENT_LENGTH');
  return Number(length);
}

const tokensOf = (value: string | string[] | undefined): string[] =>
  value === undefined
    ? []
    : String(value)
        .toLowerCase()
        .split(/[\s,]+/);

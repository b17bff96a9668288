import { errors } from 'undici';
import type { SentRequest } from '../carrier.ts';

// RFC 9110, 9.2.2 and 8.6
const IDEMPOTENT: ReadonlySet<string> = new Set(['DELETE', 'GET', 'HEAD', 'PUT']);
const HAS_BODY: ReadonlySet<string> = new Set(['PATCH', 'POST', 'PUT']);

const NO_TOKEN = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/;
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;
const NO_PATH = /[^\x21-\x7e]/;
const LENGTH = /^\d{1,15}$/;

/** Sending it twice is as good as once. */
export const isIdempotent = ({ method }: SentRequest): boolean => IDEMPOTENT.has(method);

/**
 * The head of a request as it is sent, in Latin-1.
 *
 * @param host - with the port, where that is not the scheme's own.
 * @param bytes - of the body; absent: none, or a stream.
 * @throws `InvalidArgumentError` for what would not be one request.
 */
export function requestHead(
  { method, path, headers }: SentRequest,
  host: string,
  bytes: number | undefined,
): string {
  let text = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
  let isWrong = NO_PATH.test(path);
  for (const name in headers) {
    const value = headers[name] ?? '';
    isWrong ||= NO_TOKEN.test(name) || FORBIDDEN.test(value);
    text += `${name}: ${value}\r\n`;
  }
  const length = headers['content-length'];
  if (length !== undefined) isWrong ||= !LENGTH.test(length) || (bytes ?? Number(length)) !== Number(length);
  if (isWrong) throw new errors.InvalidArgumentError('forbidden characters in the head of a request');
  if (length === undefined && (bytes !== undefined || HAS_BODY.has(method)))
    text += `content-length: ${bytes ?? 0}\r\n`;
  return `${text}\r\n`;
}

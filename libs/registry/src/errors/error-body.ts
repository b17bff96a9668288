import { parseJson, redact } from '@regfleet/model';
import { z } from 'zod';

/** What an error answer says about itself. */
export interface ErrorBody {
  /** Upper case, e.g. `MANIFEST_UNKNOWN`; on one line, at most 64 characters. */
  readonly code?: string;
  /** On one line, at most 300 characters. */
  readonly message?: string;
  readonly isHtml: boolean;
}

const MAX_MESSAGE = 300;
const MAX_CODE = 64;
// Blanks beyond it are not made into one.
const LOOKED_AT = 4 * MAX_MESSAGE;
const MAX_DETAIL_DEPTH = 4;
const MAX_DETAIL_PARTS = 16;

// https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#error-codes
const ociSchema = z.object({ errors: z.array(z.unknown()).min(1) });

const ociErrorSchema = z.object({
  code: z.union([z.string(), z.number()]).transform(String),
  message: z.string().nullish(),
  detail: z.unknown().optional(),
});

// Token servers, gateways and Docker Hub's limiter have forms of their own.
const looseSchema = z.object({
  error: z.string().nullish(),
  error_description: z.string().nullish(),
  message: z.string().nullish(),
  details: z.string().nullish(),
  detail: z.unknown().optional(),
});

// Numbers of Linux, which registries run on.
const ERRNO_TEXTS: Readonly<Record<number, string>> = {
  28: 'no space left on device',
  122: 'disk quota exceeded',
};

// docker-registry hides what its storage says in the detail of an "unknown error": as text, since version 3 in an object,
// and in version 2 as Go's structures happen to be written, with the number of the system's error.
const storageDetailSchema = z.union([
  z.string(),
  z.object({ detail: z.string() }).transform(({ detail }) => detail),
  z
    .object({ DriverName: z.literal('filesystem'), Enclosed: z.object({ Err: z.int() }) })
    .transform(({ Enclosed }) => ERRNO_TEXTS[Enclosed.Err] ?? ''),
]);

/** Reads the beginning of an error's body, whatever it is. */
export function parseErrorBody(text: string, contentType = ''): ErrorBody {
  const isHtml = isHtmlType(contentType) || /^\s*<(?:!doctype html|html)/i.test(text);
  if (isHtml) return { isHtml };
  const json = parseJson(text);
  const first = ociErrorSchema.safeParse(ociSchema.safeParse(json).data?.errors[0]).data;
  if (first !== undefined) {
    const code = line(first.code, MAX_CODE).toUpperCase();
    return { ...(code !== '' && { code }), isHtml, ...oneLine(messageOf(first)) };
  }
  const loose = looseSchema.safeParse(json);
  if (loose.success) {
    const { error, error_description, message, details, detail } = loose.data;
    const said = error_description || message || details || error;
    return { isHtml, ...oneLine(messageOf({ message: said, detail })) };
  }
  return { isHtml, ...oneLine(text) };
}

// The others are those of manifests, which may hold what nobody knows.
const tellingSchema = z.object({
  errors: z.unknown().refine((errors) => Object.keys(Object(errors)).length > 0),
  schemaVersion: z.undefined().optional(),
  mediaType: z.undefined().optional(),
});

/** True for a body that tells errors in place of what was asked for, whatever its status says. */
export const tellsErrors = (body: Buffer): boolean =>
  body.includes('"errors"') && tellingSchema.safeParse(parseJson(body.toString('utf8'))).success;

function messageOf({ message, detail }: { message?: string | null | undefined; detail?: unknown }): string {
  const told = storageDetailSchema.safeParse(detail).data || partsOf(detail);
  return [message, message?.includes(told) ? '' : told].filter((text) => text).join(': ');
}

/** What a value says, in words: registries put there whatever their language writes. */
function partsOf(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null || depth === MAX_DETAIL_DEPTH) return '';
  const parts = Object.entries(value)
    .slice(0, MAX_DETAIL_PARTS)
    .flatMap(([name, part]) => {
      const text = partsOf(part, depth + 1);
      if (text === '') return [];
      return Array.isArray(value) ? [text] : [`${name}: ${text}`];
    });
  return parts.join(', ');
}

/** True for a 403 that means what others say by 401, as ECR's: the token was good, and is no more. */
export const saysExpired = ({ message = '' }: ErrorBody): boolean =>
  /\btoken (?:has |is )?expired\b|\bexpired (?:\w+ )?token\b/i.test(message);

/** Code and message as one text. */
export const wordsOf = ({ code = '', message = '' }: ErrorBody): string => `${code}: ${message}`;

export const isHtmlType = (contentType: string): boolean =>
  /^\s*(?:text\/html|application\/xhtml)/i.test(contentType);

function oneLine(text: string): { message?: string } {
  const message = line(text, MAX_MESSAGE);
  return message === '' ? {} : { message };
}

// Secrets are taken out while they are whole: before anything is cut or written in capitals.
function line(text: string, limit: number): string {
  const whole = redact(text)
    .slice(0, LOOKED_AT)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return whole.length > limit ? `${whole.slice(0, limit)}…` : whole;
}

import type { Answer } from '../http/answer.ts';

// https://www.rfc-editor.org/rfc/rfc9110#section-14.4
const CONTENT_RANGE = /^bytes (\d+)-\d+\/(\d+|\*)$/;

/** The offset from which a part is sent; not a number: the answer does not give it. */
export const startOf = ({ headers }: Answer): number =>
  Number(CONTENT_RANGE.exec(headers['content-range'] ?? '')?.[1] ?? Number.NaN);

/** The size of the whole blob as the answer gives it; absent: it does not. */
export function totalSize({ status, headers }: Answer): number | undefined {
  // A length of encoded content says nothing about the blob.
  const isEncoded = headers['content-encoding'] !== undefined;
  const text =
    status === 206 ? CONTENT_RANGE.exec(headers['content-range'] ?? '')?.[2] : headers['content-length'];
  return text === undefined || text === '*' || isEncoded ? undefined : Number(text);
}

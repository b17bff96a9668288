import type { SyncError } from '@regfleet/model';

// Registries that read no content from a PUT find its digest wrong, know no such route, or answer as if more were to come.
const FORM: ReadonlySet<string> = new Set([
  'DIGEST_MISMATCH',
  'MEDIA_TYPE_UNSUPPORTED',
  'REPOSITORY_UNKNOWN',
  'REQUEST_REFUSED',
  'RESPONSE_INVALID',
]);

// Of a size that is told by 413 there is no doubt.
const SIZE: ReadonlySet<number | undefined> = new Set([400, 416, 422]);

/** Whether a registry may have refused a body since it takes none by that method. */
export const mayMeanForm = ({ code, httpStatus }: SyncError): boolean => FORM.has(code) && httpStatus !== 416;

/** Whether a registry may have refused a body for its size. */
export const mayMeanSize = ({ code, httpStatus }: SyncError): boolean =>
  FORM.has(code) && SIZE.has(httpStatus);

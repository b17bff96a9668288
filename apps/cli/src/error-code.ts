import { ERROR_CODES, type ErrorCode, nearest, SyncError } from '@regfleet/model';

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code);

/** A code as somebody wrote it, in whatever case. @throws {SyncError} `USAGE_INVALID` */
export function errorCodeOf(text: string): ErrorCode {
  const code = text.toUpperCase();
  if (isErrorCode(code)) return code;
  const suggestion = nearest(code, Object.keys(ERROR_CODES));
  throw new SyncError('USAGE_INVALID', {
    message: `there is no error code "${text}"`,
    hint: suggestion === undefined ? 'docs/errors.md has all of them' : `did you mean ${suggestion}?`,
  });
}

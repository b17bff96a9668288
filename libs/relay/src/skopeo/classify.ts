import { type CopyRequest, formatReference, redact, type Side, SyncError } from '@regfleet/model';
import { failedSide } from './failed-side.ts';
import { FAILURE_FORMS } from './failure-forms.ts';
import { fatalMessage } from './fatal-message.ts';
import type { ProcessResult } from './process.ts';

/** What a skopeo that did not exit with 0 died of. */
export function classifyFailure(
  { exitCode, stderr }: Pick<ProcessResult, 'exitCode' | 'stderr'>,
  request: CopyRequest,
): SyncError {
  const text = redact(fatalMessage(stderr));
  const side = failedSide(text, request);
  const form = FAILURE_FORMS.find(({ pattern }) => pattern.test(text));
  const ending = exitCode === undefined ? 'was killed' : `ended with status ${exitCode}`;
  return new SyncError(form?.code ?? 'RELAY_FAILED', {
    message: text === '' ? `skopeo ${ending} and said nothing` : `skopeo: ${text}`,
    hint: form?.hint,
    httpStatus: httpStatus(text),
    ...(side !== undefined && located(side, request)),
  });
}

function located(side: Side, request: CopyRequest): { side: Side; reference: string; registry: string } {
  const reference = request[side];
  return { side, reference: formatReference(reference), registry: reference.registry };
}

const STATUS = /(?:status(?: code)?(?: from registry)?:? |: )([45]\d\d)\b/i;

function httpStatus(text: string): number | undefined {
  const status = STATUS.exec(text)?.[1];
  return status === undefined ? undefined : Number(status);
}

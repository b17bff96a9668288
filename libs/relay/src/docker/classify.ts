import { formatReference, type Reference, redact, type Side, SyncError } from '@regfleet/model';
import { FAILURE_FORMS } from './failure-forms.ts';

/** What was being done when it failed. */
export interface Place {
  /** Absent: something on the daemon itself. */
  readonly side?: Side;
  readonly reference: Reference;
}

/** A failure as it comes from the daemon, or from the connection to it. */
export interface DaemonFailure {
  readonly message: string;
  /** The daemon's answer; absent: in the stream of an answer that began well, or none. */
  readonly statusCode?: number;
  /** True: the daemon did not answer, or went away while it did. */
  readonly isConnection: boolean;
}

/** What a daemon's failure means, and where it happened. */
export function classifyFailure(failure: DaemonFailure, { side, reference }: Place): SyncError {
  const text = redact(failure.message.trim());
  if (failure.isConnection) {
    return new SyncError('NETWORK_FAILED', {
      message: `the connection to the docker daemon failed: ${text}`,
      hint: 'check that the daemon runs and is not restarted or out of memory; the copy is tried again',
      reference: formatReference(reference),
    });
  }
  const form = FAILURE_FORMS.find(({ pattern }) => pattern.test(text));
  const onDaemon = side === 'target' ? undefined : form?.onDaemon;
  const fallback = failure.statusCode === 400 ? 'REQUEST_REFUSED' : 'RELAY_FAILED';
  const said = text === '' ? `status ${failure.statusCode} without a message` : text;
  return new SyncError(form?.code ?? fallback, {
    message: `docker: ${onDaemon === undefined ? said : `${onDaemon.message}: ${said}`}`,
    hint: onDaemon?.hint ?? form?.hint,
    reference: formatReference(reference),
    httpStatus: registryStatus(text),
    ...(side !== undefined && onDaemon === undefined && { side, registry: reference.registry }),
  });
}

/** What a daemon's client rejects with. */
export function daemonFailure(error: unknown): DaemonFailure {
  const message = error instanceof Error ? error.message : String(error);
  const { statusCode } = Object(error);
  if (typeof statusCode !== 'number') return { message, isConnection: true };
  return { message, statusCode, isConnection: false };
}

const REGISTRY_STATUS = /\b(?:HTTP|HTTP status:|status:) ([45]\d\d)\b/i;

function registryStatus(text: string): number | undefined {
  const status = REGISTRY_STATUS.exec(text)?.[1];
  return status === undefined ? undefined : Number(status);
}

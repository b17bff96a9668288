/**
 * Whether the reason of an aborted signal allows no further request, not even one that would tidy up: it is an error with
 * `sendsNothing: true`, since others have the right to send by now.
 */
export function sendsNothingAfter(signal: AbortSignal | undefined): boolean {
  const reason: unknown = signal?.aborted ? signal.reason : undefined;
  return reason instanceof Error && 'sendsNothing' in reason && reason.sendsNothing === true;
}

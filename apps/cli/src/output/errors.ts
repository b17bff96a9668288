import { printable, type SerialisedSyncError } from '@regfleet/model';

/** `CODE side reference: message` with the hint on a line of its own. */
export function formatError(error: SerialisedSyncError): string {
  const where = [error.side, error.reference].filter(
    (part) => part !== undefined && !error.message.includes(part),
  );
  const head = [error.code, ...where].join(' ');
  const hint = error.hint === undefined ? '' : `\n  hint: ${printable(error.hint)}`;
  return `${printable(`${head}: ${error.message}`)}${hint}`;
}

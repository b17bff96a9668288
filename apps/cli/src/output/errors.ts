import { clip, printable, type SerialisedSyncError } from '@regfleet/model';

// In lists: who wants all of it asks for the run.
const SHOWN_LENGTH = 200;

/** `CODE side reference: message` with the hint on a line of its own. */
export function formatError(error: SerialisedSyncError): string {
  const hint = error.hint === undefined ? '' : `\n  hint: ${printable(error.hint)}`;
  return `${printable(wordsOf(error))}${hint}`;
}

/** The same on one line, without the hint, and no longer than a list has room for. */
export const errorLine = (error: SerialisedSyncError): string =>
  printable(clip(wordsOf(error), SHOWN_LENGTH));

/** What a cell of a table tells of an error whose image stands beside it. */
export const shownError = ({ code, message }: Pick<SerialisedSyncError, 'code' | 'message'>): string =>
  clip(`${code}: ${message}`, SHOWN_LENGTH);

function wordsOf({ code, side, reference, message }: SerialisedSyncError): string {
  const where = [side, reference].filter((part) => part !== undefined && !message.includes(part));
  return `${[code, ...where].join(' ')}: ${message}`;
}

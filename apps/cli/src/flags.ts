import { SyncError } from '@regfleet/model';
import { Option } from 'commander';

/** A flag that must be a whole number. @throws {SyncError} `USAGE_INVALID` */
export function wholeNumber(flag: string, range: { min: number; max: number }): (text: string) => number {
  return (text) => {
    // An empty one would be 0: any port, no grace.
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= range.min && number <= range.max) return number;
    throw new SyncError('USAGE_INVALID', {
      message: `${flag} wants a whole number from ${range.min} to ${range.max}, not "${text}"`,
    });
  };
}

/** `--limit`: how many entries of a list are wanted. */
export const limitOption = ({ usual, most }: { readonly usual: number; readonly most: number }): Option =>
  new Option('--limit <number>', 'at most so many')
    .argParser(wholeNumber('--limit', { min: 1, max: most }))
    .default(usual);

/** Of a flag whose value is empty, as of a variable that is not set: nobody means the current folder by that. */
export const emptyFlag = (flag: string, hint: string): SyncError =>
  new SyncError('USAGE_INVALID', { message: `${flag} is empty`, hint });

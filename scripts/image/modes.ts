import { chmodSync, statSync } from 'node:fs';
import { entriesBelow } from './entries.ts';

// Everybody may write there, and remove what is their own.
const SHARED = new Set(['tmp', 'var/tmp']);

/**
 * Gives each file and folder the mode that it has in images, whoever lays it out and with what umask: readable by all, written by its
 * owner alone, and executable where it was. Nothing keeps a right to become another user.
 */
export function setModes(folder: string): void {
  chmodSync(folder, 0o755);
  for (const { path, entry } of entriesBelow(folder)) {
    if (entry.isDirectory()) chmodSync(path, SHARED.has(path.slice(folder.length + 1)) ? 0o1777 : 0o755);
    else if (entry.isFile()) chmodSync(path, (statSync(path).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

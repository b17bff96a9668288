import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** All that is below a folder; what a link leads to is not. */
export function* entriesBelow(folder: string): Generator<{ readonly path: string; readonly entry: Dirent }> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    yield { path, entry };
    if (entry.isDirectory()) yield* entriesBelow(path);
  }
}

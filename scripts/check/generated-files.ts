import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GENERATED_FILES, ROOT } from '../generate.ts';

/** Checks that every generated file is what the code says. */
const stale = GENERATED_FILES.filter(({ file, content }) => {
  const path = join(ROOT, file);
  return !existsSync(path) || readFileSync(path, 'utf8') !== content();
});
for (const { file } of stale) console.log(`${file} is not what the code says: run npm run generate`);
process.exitCode = stale.length === 0 ? 0 : 1;

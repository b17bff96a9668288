import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GENERATED_FILES, ROOT } from './generate.ts';

describe('scripts/generate', () => {
  it.each(GENERATED_FILES)('$file is what `npm run generate` writes', ({ file, content }) => {
    expect(readFileSync(join(ROOT, file), 'utf8')).toBe(content());
  });
});

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../check/run.ts';
import { LONGEST } from './longest.ts';

describe('scripts/test/longest', () => {
  it('names files that there are', () => {
    expect(LONGEST.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});

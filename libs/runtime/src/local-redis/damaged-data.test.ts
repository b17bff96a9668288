import { describe, expect, it } from 'vitest';
import { tellsOfDamage } from './damaged-data.ts';

describe('runtime/local-redis/damaged-data', () => {
  it.each([
    ['# Bad file format reading the append only file a.aof: make a backup', true],
    ['*** FATAL AOF MANIFEST FILE ERROR ***\n\n# Found an empty AOF manifest', true],
    ['# Unable to obtain the AOF file a.base.rdb length. stat: No such file or directory', true],
    ['# Unable to obtain the AOF file a.base.rdb length. stat: Permission denied', false],
    ["# Fatal error: can't open the AOF manifest file a.manifest for reading: Permission denied", false],
    ['# Error trying to write the temporary AOF manifest file a: No space left on device', false],
    ["# Can't handle RDB format version 99\n# Error reading the RDB preamble of the file a", false],
  ])('knows data that nobody can read from data that is not to be had just now: %s', (log, isDamaged) => {
    expect(tellsOfDamage(log)).toBe(isDamaged);
  });
});

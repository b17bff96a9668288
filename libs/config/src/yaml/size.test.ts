import { describe, expect, it } from 'vitest';
import { parseSize } from './size.ts';

describe('config/yaml/size', () => {
  it.each([
    ['65536', 65_536],
    ['0', 0],
    ['512B', 512],
    ['50MB', 50_000_000],
    ['64kB', 64_000],
    ['1.5GB', 1_500_000_000],
    ['512KiB', 524_288],
    ['10 MiB', 10_485_760],
    ['1GiB', 1_073_741_824],
  ])('reads %s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each(['', 'MB', '-1MB', '50mb', '50 Mbit', '1e9', '50MB/s', '1.2345GB', '999999999999999GB'])(
    'knows no size in "%s"',
    (text) => expect(parseSize(text)).toBeUndefined(),
  );
});

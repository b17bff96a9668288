import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';

describe('image/options', () => {
  it('builds both variants for this machine unless told otherwise', () => {
    const { architectures, variants, root } = parseOptions([]);
    expect(architectures).toEqual([process.arch === 'arm64' ? 'arm64' : 'amd64']);
    expect({ variants, root }).toEqual({ variants: ['full', 'slim'], root: undefined });
  });

  it('takes several, in an order that does not depend on how they are given', () => {
    const { architectures, variants } = parseOptions(['--architecture', 'arm64,amd64', '--variant=slim']);
    expect({ architectures, variants }).toEqual({ architectures: ['amd64', 'arm64'], variants: ['slim'] });
  });

  it('lays out one root file system, the full one unless told otherwise', () => {
    expect(parseOptions(['--root', 'out'])).toMatchObject({ root: 'out', variants: ['full'] });
    expect(() => parseOptions(['--root', 'out', '--variant', 'full,slim'])).toThrow(/one variant/);
  });

  it.each([
    [['--architecture', 'riscv64'], '--architecture knows amd64 and arm64, and not riscv64'],
    [['--variant', 'full,fat'], '--variant knows full and slim, and not fat'],
  ])('refuses %s', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

const SIZE = /^(\d{1,15}(?:\.\d{1,3})?) ?(B|kB|MB|GB|KiB|MiB|GiB)?$/;

/** Bytes of a size as people write it (`50MB`, `1.5 GiB`, `65536`); undefined when it is none. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit = ''] = SIZE.exec(text) ?? [];
  const bytes = Number(amount) * (UNIT_BYTES[unit] ?? Number.NaN);
  return Number.isSafeInteger(Math.round(bytes)) ? Math.round(bytes) : undefined;
}

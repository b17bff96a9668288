import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Variant } from './plan.ts';

export interface TrialOptions {
  readonly seed: number;
  readonly variant: Variant;
  readonly images: number;
  /** For how long faults happen, in milliseconds. */
  readonly durationMs: number;
}

const DEFAULTS: Readonly<Record<Variant, { images: number; seconds: number }>> = {
  exact: { images: 2_000, seconds: 150 },
  'fail-over': { images: 500, seconds: 45 },
};

const VARIANTS = Object.keys(DEFAULTS) as Variant[];

const isVariant = (text: string): text is Variant => VARIANTS.includes(text as Variant);

/**
 * The trials that a command line asks for: of both variants unless it names one, with a seed of chance unless it gives one.
 *
 * @throws {Error} that says what is wrong with it.
 */
export function trialsOf(args: readonly string[]): TrialOptions[] {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      variant: { type: 'string' },
      images: { type: 'string' },
      seconds: { type: 'string' },
    },
  });
  const { variant } = values;
  if (variant !== undefined && !isVariant(variant))
    throw new Error(`--variant wants one of ${VARIANTS.join(', ')}, not "${variant}"`);
  const seed = numberOf('--seed', values.seed) ?? randomInt(1, 1_000_000);
  const images = numberOf('--images', values.images);
  const seconds = numberOf('--seconds', values.seconds);
  return (variant === undefined ? VARIANTS : [variant]).map((one) => ({
    seed,
    variant: one,
    images: images ?? DEFAULTS[one].images,
    durationMs: 1_000 * (seconds ?? DEFAULTS[one].seconds),
  }));
}

function numberOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${flag} wants a whole number from 1, not "${text}"`);
  return Number(text);
}

/** How one trial is repeated. */
export const commandFor = ({ seed, variant, images, durationMs }: TrialOptions): string =>
  `npm run test:faults -- --seed ${seed} --variant ${variant} --images ${images} --seconds ${durationMs / 1_000}`;

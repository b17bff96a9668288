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

/** How requests are counted by a registry that meters them. */
export interface LimitsOptions {
  readonly variant: 'limits';
  /** For how long they are counted. */
  readonly seconds: number;
}

/** What an operator's commands have to wait for. */
export interface FairnessOptions {
  readonly variant: 'fairness';
  /** Of the run before them. */
  readonly images: number;
}

export type PartOptions = TrialOptions | LimitsOptions | FairnessOptions;

interface Given {
  readonly seed: number;
  readonly images: number | undefined;
  readonly seconds: number | undefined;
}

const trial =
  (variant: Variant, most: { readonly images: number; readonly seconds: number }) =>
  ({ seed, images = most.images, seconds = most.seconds }: Given): TrialOptions => ({
    variant,
    seed,
    images,
    durationMs: 1_000 * seconds,
  });

/** Each by what it is called with. */
const PARTS: Readonly<Record<PartOptions['variant'], (given: Given) => PartOptions>> = {
  exact: trial('exact', { images: 2_000, seconds: 150 }),
  'fail-over': trial('fail-over', { images: 500, seconds: 45 }),
  kills: trial('kills', { images: 1_500, seconds: 150 }),
  limits: ({ seconds = 60 }) => ({ variant: 'limits', seconds }),
  fairness: ({ images = 10_000 }) => ({ variant: 'fairness', images }),
};

const VARIANTS = Object.keys(PARTS) as PartOptions['variant'][];

const isVariant = (text: string): text is PartOptions['variant'] => Object.hasOwn(PARTS, text);

/**
 * The parts that a command line asks for: all unless it names one, with a seed of chance unless it gives one.
 *
 * @throws {Error} that says what is wrong with it.
 */
export function partsOf(args: readonly string[]): PartOptions[] {
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
  const given: Given = {
    seed: numberOf('--seed', values.seed) ?? randomInt(1, 1_000_000),
    images: numberOf('--images', values.images),
    seconds: numberOf('--seconds', values.seconds),
  };
  return (variant === undefined ? VARIANTS : [variant]).map((one) => PARTS[one](given));
}

function numberOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${flag} wants a whole number from 1, not "${text}"`);
  return Number(text);
}

/** How one part is repeated. */
export function commandFor(options: PartOptions): string {
  const flags = {
    ...('seed' in options && { seed: options.seed }),
    variant: options.variant,
    ...('images' in options && { images: options.images }),
    ...('seconds' in options && { seconds: options.seconds }),
    ...('durationMs' in options && { seconds: options.durationMs / 1_000 }),
  };
  const words = Object.entries(flags).map(([name, value]) => `--${name} ${value}`);
  return `npm run test:faults -- ${words.join(' ')}`;
}

/** What operators are told of a lister, and what it takes besides its name: the config is read by it without loading any lister. */
interface ListerFacts {
  /** What it lists, as a phrase after its name. */
  readonly about: string;
  /** Keys below `lister` that it cannot do without, by name; no two listers share one. */
  readonly options?: Readonly<Record<string, ListerOption>>;
}

interface ListerOption {
  /** What it means, as a sentence. */
  readonly about: string;
  /** What to write, for whoever has left it out. */
  readonly wanted: string;
  readonly examples: readonly string[];
}

/** Every lister that a config can name. Where one stands in for `catalog` by the host alone, as for ECR, it has no entry. */
export const LISTERS = {
  catalog: { about: 'the registry itself' },
  dockerhub: { about: 'the repositories of the Docker Hub user' },
  index: {
    about: 'a search',
    options: {
      search: {
        about: 'What `index` searches for.',
        wanted: 'the term to search for',
        examples: ['jenkins'],
      },
    },
  },
} as const satisfies Record<string, ListerFacts>;

export type ListerType = keyof typeof LISTERS;

type OptionOf<Facts> = Facts extends { readonly options: infer Options } ? keyof Options & string : never;

export type ListerOptionName = { [Type in ListerType]: OptionOf<(typeof LISTERS)[Type]> }[ListerType];

/** The lister that a location names, with what is written beside its type. */
export type ListerSettings = { readonly type: ListerType } & { readonly [Name in ListerOptionName]?: string };

export const LISTER_TYPES = Object.keys(LISTERS) as readonly ListerType[];

export const isListerType = (type: string): type is ListerType => Object.hasOwn(LISTERS, type);

/** The options of a lister, by name. */
export const listerOptions = (type: ListerType): readonly (readonly [ListerOptionName, ListerOption])[] => {
  const { options = {} }: ListerFacts = LISTERS[type];
  return Object.entries(options) as [ListerOptionName, ListerOption][];
};

/** The names of the options of all listers. */
export const LISTER_OPTION_NAMES = LISTER_TYPES.flatMap((type) => listerOptions(type).map(([name]) => name));

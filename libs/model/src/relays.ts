import { isPlatformList, type PlatformSelection } from './platform.ts';

/** Every relay, and what it can do, as data: the config is validated against it without loading any relay. */
export const RELAYS = {
  direct: {
    about: 'registry to registry, nothing else needed',
    supportsAllPlatforms: true,
    supportsPlatformLists: true,
    keepsManifestBytes: true,
    honoursTlsSettings: true,
    keepsToRates: true,
    readsSourceByTag: true,
    heedsOnChange: true,
    copiesReferrers: true,
  },
  docker: {
    about: 'by a docker daemon',
    supportsAllPlatforms: false,
    supportsPlatformLists: false,
    keepsManifestBytes: false,
    honoursTlsSettings: false,
    keepsToRates: false,
    readsSourceByTag: false,
    heedsOnChange: false,
    copiesReferrers: false,
  },
  skopeo: {
    about: 'by the program skopeo',
    supportsAllPlatforms: true,
    supportsPlatformLists: false,
    keepsManifestBytes: true,
    honoursTlsSettings: true,
    keepsToRates: false,
    readsSourceByTag: false,
    heedsOnChange: false,
    copiesReferrers: false,
  },
} as const satisfies Record<string, RelayCapabilities>;

export interface RelayCapabilities {
  /** How it copies, as a phrase after its name. */
  readonly about: string;
  readonly supportsAllPlatforms: boolean;
  /** True where it makes an index of some of the platforms of another, and tells versions of an os apart. */
  readonly supportsPlatformLists: boolean;
  /** False where the target's manifest is rebuilt, so that equal digests cannot be expected. */
  readonly keepsManifestBytes: boolean;
  /** False where something else decides which certificates of registries are trusted. */
  readonly honoursTlsSettings: boolean;
  /** False where another program sends the requests of a copy: of limits only those of copies at once hold for it. */
  readonly keepsToRates: boolean;
  /** True where a copy begins with one GET of the tag, so that its digest need not be asked for before. */
  readonly readsSourceByTag: boolean;
  /** True where it looks at what the target has right before it writes, so that tags can be kept from being overwritten. */
  readonly heedsOnChange: boolean;
  /** True: what refers to an image can go with it. */
  readonly copiesReferrers: boolean;
}

export type RelayName = keyof typeof RELAYS;

export const RELAY_NAMES = Object.keys(RELAYS) as readonly RelayName[];

export const isRelayName = (name: string): name is RelayName => Object.hasOwn(RELAYS, name);

/** The relays that can do something, as hints name them: `direct or skopeo`. */
export const relaysThat = (can: keyof Omit<RelayCapabilities, 'about'>): string =>
  RELAY_NAMES.filter((name) => RELAYS[name][can]).join(' or ');

/** What a relay cannot do with what is wanted of an index, and which can; absent: it does as is wanted. */
export function platformLimit(
  relay: RelayName,
  platform: PlatformSelection | undefined,
): { readonly message: string; readonly hint: string } | undefined {
  const { supportsAllPlatforms, supportsPlatformLists } = RELAYS[relay];
  if (platform === 'all') {
    if (supportsAllPlatforms) return undefined;
    const message = `the ${relay} relay cannot copy all platforms`;
    return { message, hint: `name one platform, or use relay: ${relaysThat('supportsAllPlatforms')}` };
  }
  if (supportsPlatformLists || platform === undefined) return undefined;
  if (!isPlatformList(platform) && platform.osVersion === undefined) return undefined;
  return {
    message: `the ${relay} relay knows neither lists of platforms nor versions of an os`,
    hint: `name one platform without a version, or use relay: ${relaysThat('supportsPlatformLists')}`,
  };
}

import type {
  AuthSettings,
  AwsIdentity,
  DigestListerChoice,
  ReferrerRule,
  RegistryConcurrency,
  RegistryRates,
  RelayName,
  RepositoryOptions,
} from '@regfleet/model';
import type { RetryPolicy } from '../model.ts';
import type { Report } from '../report.ts';

/** What users may do with a file who are neither its owner nor in its group; nothing where its folders keep them out. */
export interface PublicAccess {
  readonly canRead: boolean;
  readonly canWrite: boolean;
}

/** What reading a config file needs from outside. */
export interface ParseContext {
  readonly report: Report;
  /** The config file; relative paths inside it start at its folder. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file is to be used elsewhere: variables that are not set and files that are not there are no errors. Absent: it is to be used here. */
  readonly secrets?: 'elsewhere' | undefined;
  /** True: there is a file that this process may read. Absent: files are not looked at. */
  readonly fileExists?: ((path: string) => boolean) | undefined;
  /** What everybody may do with a file. Absent: files are not looked at. */
  readonly publicAccess?: ((path: string) => PublicAccess) | undefined;
}

/** What an entry of `registries` says; absent parts say nothing. */
export interface RegistryDefaults {
  readonly auth?: AuthSettings;
  readonly skipVerify?: boolean;
  readonly certsDir?: string;
  readonly concurrency?: RegistryConcurrency;
  readonly rates?: RegistryRates;
  readonly digestLister?: DigestListerChoice;
  readonly aws?: AwsIdentity;
  readonly newRepositories?: RepositoryOptions;
}

/** What a level of the file says of referrers, with what it inherits. */
export interface ReferrerSettings {
  /** Absent: they are left behind. */
  readonly chosen?: Pick<ReferrerRule, 'annotations' | 'artifactTypes'>;
  readonly needsSignature: boolean;
  readonly checkMs: number;
}

/** What tasks inherit from the rest of the file. */
export interface TaskDefaults {
  readonly relay: RelayName;
  readonly retries: RetryPolicy;
  readonly certsDir: string;
  /** By canonical host. */
  readonly registries: ReadonlyMap<string, RegistryDefaults>;
  readonly referrers: ReferrerSettings;
}

import type { DigestListerChoice } from './digest-listers.ts';
import type { ListerSettings } from './listers.ts';
import type { RegistryName } from './registry-name.ts';
import type { Secret } from './secret.ts';

/** How a registry is told who we are. */
export type AuthSettings =
  /** Nothing configured: whatever the environment offers (auth files, cloud identity), else anonymous. */
  | { readonly kind: 'ambient' }
  /** `auth: none`: anonymous, and no cloud identity. */
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: Secret }
  /** The file is read again when it changes; one trailing line end is not part of the password. */
  | { readonly kind: 'password-file'; readonly username: string; readonly passwordFile: string }
  /** The password is the ID token that GitHub gives the job of a workflow for this audience. */
  | { readonly kind: 'github'; readonly username: string; readonly audience: string };

export interface TlsSettings {
  /** True: certificates are not verified, and plain HTTP is tried where TLS is not spoken. */
  readonly skipVerify: boolean;
  /** Folder with one folder per host (`<dir>/<host>/*.crt|*.cert|*.key`, as docker and skopeo use it). */
  readonly certsDir: string;
}

/** Who asks AWS for a registry's tokens; absent parts: as the AWS SDK finds them in the environment. */
export interface AwsIdentity {
  /** A profile of the shared AWS config files. */
  readonly profile?: string;
  /** A role that is assumed with what the profile or the environment gives. */
  readonly roleArn?: string;
  readonly externalId?: string;
}

/** What a repository is given when it is made; one that exists is left as it is. */
export interface RepositoryOptions {
  readonly tags?: Readonly<Record<string, string>>;
  readonly scanOnPush?: boolean;
  readonly immutableTags?: boolean;
  /** The JSON text of a lifecycle policy. */
  readonly lifecyclePolicy?: string;
}

/** How many copies may be under way at once. */
export interface RegistryConcurrency {
  /** Copies from the registry; absent: any number. */
  readonly source?: number;
  /** Copies to it; absent: any number. */
  readonly target?: number;
}

/** What a registry is asked for by the whole fleet; absent: any number. */
export interface RegistryRates {
  readonly requestsPerSecond?: number;
  /** Of blobs, read and sent together. */
  readonly bytesPerSecond?: number;
  /** How many of the pulls that it says are left are left to others; absent: none. */
  readonly pullReserve?: number;
}

/** One side of a task: a registry and how to talk to it. */
export interface Location {
  readonly registry: RegistryName;
  readonly auth: AuthSettings;
  /** How often cloud credentials are renewed at the latest; absent: by their own expiry. */
  readonly authRefreshMs?: number;
  /** `account[:region]` given before `@public.ecr.aws`. */
  readonly ecrPublic?: { readonly account: string; readonly region?: string };
  /** ECR only. */
  readonly aws?: AwsIdentity;
  /** ECR only, as a target: how repositories that are missing there are made. */
  readonly newRepositories?: RepositoryOptions;
  readonly tls: TlsSettings;
  /** At most this many copies at once, in the whole fleet; absent: no limit. */
  readonly concurrency?: RegistryConcurrency;
  readonly lister?: ListerSettings;
  /** By which API many digests are asked for at once; absent: by the one that its host or its answers show it to have. */
  readonly digestLister?: DigestListerChoice;
}

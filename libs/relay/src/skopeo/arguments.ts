import {
  type CopyRequest,
  formatReference,
  type Location,
  type Platform,
  type Reference,
} from '@regfleet/model';
import { onePlatform } from '../one-platform.ts';

export interface SideArguments {
  readonly location: Location;
  /** Holds the certificates of this side's registry. */
  readonly certificates: string;
  /** Absent: skopeo looks into its own auth files. */
  readonly authFile?: string;
}

export interface CopyArguments {
  readonly request: CopyRequest;
  readonly source: SideArguments;
  readonly target: SideArguments;
  readonly digestFile: string;
  /** True: skopeo fails where it could only copy the image under another digest. */
  readonly keepsDigest: boolean;
}

/** The command line of one copy, in dregsy's order; credentials go by file where dregsy has them on the command line. */
export function copyArguments({ request, source, target, digestFile, keepsDigest }: CopyArguments): string[] {
  return [
    '--insecure-policy',
    'copy',
    ...(source.location.tls.skipVerify ? ['--src-tls-verify=false'] : []),
    ...(target.location.tls.skipVerify ? ['--dest-tls-verify=false'] : []),
    `--src-cert-dir=${source.certificates}`,
    `--dest-cert-dir=${target.certificates}`,
    ...(source.authFile === undefined ? [] : [`--src-authfile=${source.authFile}`]),
    ...(target.authFile === undefined ? [] : [`--dest-authfile=${target.authFile}`]),
    `--digestfile=${digestFile}`,
    ...(keepsDigest ? ['--preserve-digests'] : []),
    sourceName(request.source),
    targetName(request.target),
    ...platformArguments(onePlatform(request)),
  ];
}

// skopeo refuses a tag beside a digest, so the digest stands for both on the side that is read.
function sourceName({ tag, ...reference }: Reference): string {
  const named = reference.digest === undefined && tag !== undefined ? { ...reference, tag } : reference;
  return `docker://${formatReference(named)}`;
}

function targetName({ digest, ...reference }: Reference): string {
  const named = reference.tag === undefined && digest !== undefined ? { ...reference, digest } : reference;
  return `docker://${formatReference(named)}`;
}

function platformArguments(platform: 'all' | Platform | undefined): string[] {
  if (platform === undefined) return [];
  if (platform === 'all') return ['--all'];
  return [
    ...(platform.os ? [`--override-os=${platform.os}`] : []),
    ...(platform.architecture ? [`--override-arch=${platform.architecture}`] : []),
    ...(platform.variant ? [`--override-variant=${platform.variant}`] : []),
  ];
}

import {
  type EcrHost,
  isRegistryHost,
  type Location,
  parseEcrHost,
  parseRegistryName,
  type RegistryName,
} from '@regfleet/model';
import type { LocationSection } from '../schema/config.ts';
import { type Place, placeOf } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';

/** What a location calls its registry. */
export interface WrittenRegistry {
  /** Without the account of a public ECR registry. */
  readonly registry: RegistryName;
  readonly ecrPublic?: Location['ecrPublic'];
  /** Absent: not on ECR. */
  readonly ecr?: EcrHost;
}

const PUBLIC_ACCOUNT = /^(\d+)(?::([a-z0-9-]+))?@(?=public\.ecr\.aws(?:\/|$))/i;
const PATH = /^[a-z0-9._/-]*$/;

/** Undefined when it is missing or names no registry, which has been reported. */
export function readRegistryName(
  section: LocationSection,
  context: ParseContext,
): WrittenRegistry | undefined {
  const written = section.fields.registry?.value ?? '';
  const at = placeOf(section, 'registry');
  if (written === '') {
    if (!section.broken.has('registry')) reportMissing(at, context);
    return undefined;
  }
  const [prefix = '', account, region] = PUBLIC_ACCOUNT.exec(written) ?? [];
  const text = written.slice(prefix.length);
  if (!isUsable(text, at, context)) return undefined;
  const registry = parseRegistryName(text);
  const ecr = parseEcrHost(registry.host);
  return {
    registry,
    ...(account !== undefined && { ecrPublic: { account, ...(region !== undefined && { region }) } }),
    ...(ecr && { ecr }),
  };
}

/**
 * True for text with something before an `@`, which has been reported without repeating it: it may be a password.
 *
 * @param registry - of a location, or a key of `registries`.
 */
export function hasUserInfo(registry: string, at: Place, { report }: ParseContext): boolean {
  const sign = registry.lastIndexOf('@');
  if (sign < 0) return false;
  report.error(at, {
    rule: 'registry-with-credentials',
    message: `a registry is written without credentials: "***${registry.slice(sign)}"`,
    hint: 'give username: and password: below it; only public.ecr.aws may have <account>[:<region>]@ before it',
  });
  return true;
}

function isUsable(registry: string, at: Place, context: ParseContext): boolean {
  if (hasUserInfo(registry, at, context)) return false;
  const { report } = context;
  if (registry.includes('://')) {
    report.warning(at, {
      rule: 'registry-with-scheme',
      message: 'a registry is written without scheme; no copy can succeed',
      hint: `write ${registry.slice(registry.indexOf('://') + 3)}, and skip-tls-verify: true if it speaks plain HTTP`,
    });
    return true;
  }
  const [host = '', ...path] = registry.split('/');
  if (isRegistryHost(host) && PATH.test(path.join('/'))) return true;
  report.error(at, {
    rule: 'registry-invalid',
    message: `"${registry}" is not a registry`,
    hint: 'write host or host:port, and behind a slash the path that all repositories there begin with, in lower case',
  });
  return false;
}

const reportMissing = (at: Place, { report }: ParseContext): void =>
  report.error(at, {
    rule: 'registry-missing',
    message: 'registry not set',
    hint: 'add registry: with a host and optional port, e.g. docker.io',
  });

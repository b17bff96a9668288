import { compareBytes } from './byte-order.ts';
import { compareVersions, type Version, type VersionOf } from './version.ts';

export interface Latest {
  readonly tags: ReadonlySet<string>;
  /** Why the others are out. */
  readonly dropReason: string;
}

/**
 * What `keep: latest <limit>` leaves of `picked`.
 *
 * With a version among them: the greatest versions, and every tag that is no version. Of tags with equal versions (`1.36`, `1.36.0`,
 * `v1.36.0`) those later in byte order stay. Without any version: the last tags in byte order.
 *
 * @param picked - repeats count.
 */
export function keepLatest(picked: readonly string[], limit: number, versionOf: VersionOf): Latest {
  const versioned: { tag: string; version: Version }[] = [];
  const others: string[] = [];
  for (const tag of picked) {
    const version = versionOf(tag);
    if (version === undefined) others.push(tag);
    else versioned.push({ tag, version });
  }
  if (versioned.length === 0) {
    return {
      tags: new Set(others.sort(compareBytes).slice(-limit)),
      dropReason: `not among the latest ${limit}`,
    };
  }
  versioned.sort((a, b) => compareVersions(b.version, a.version) || compareBytes(b.tag, a.tag));
  const latest = versioned.slice(0, limit).map(({ tag }) => tag);
  return { tags: new Set([...others, ...latest]), dropReason: `older than the latest ${limit}` };
}

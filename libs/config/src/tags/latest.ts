import { sortByBytes } from './byte-order.ts';
import type { VersionOf } from './version.ts';

// Before whatever a longer key goes on with.
const BEHIND_KEY = '\0';

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
  const versioned: string[] = [];
  const others: string[] = [];
  for (const tag of picked) {
    const version = versionOf(tag);
    if (version === undefined) others.push(tag);
    else versioned.push(`${version.key}${BEHIND_KEY}${tag}`);
  }
  if (versioned.length === 0) {
    return {
      tags: new Set(sortByBytes(others).slice(-limit)),
      dropReason: `not among the latest ${limit}`,
    };
  }
  const latest = sortByBytes(versioned)
    .slice(-limit)
    .map((text) => text.slice(text.indexOf(BEHIND_KEY) + 1));
  return { tags: new Set([...others, ...latest]), dropReason: `older than the latest ${limit}` };
}

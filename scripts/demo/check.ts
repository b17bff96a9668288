import { createHash } from 'node:crypto';
import { runCommand } from '@regfleet/harness';

export interface Mirrored {
  readonly repository: string;
  readonly tag: string;
  readonly source: string;
  readonly target: string;
}

/** Asks skopeo, not us, what both registries answer for every tag of the target. */
export async function mirroredTags(
  source: string,
  target: string,
  repositories: readonly string[],
): Promise<Mirrored[]> {
  const mirrored: Mirrored[] = [];
  for (const repository of repositories) {
    const listed = await skopeo([
      'list-tags',
      '--tls-verify=false',
      `docker://${target}/mirror/${repository}`,
    ]);
    for (const tag of (JSON.parse(listed) as { Tags: string[] }).Tags) {
      const [from, to] = await Promise.all([
        rawDigest(`${source}/${repository}:${tag}`),
        rawDigest(`${target}/mirror/${repository}:${tag}`),
      ]);
      mirrored.push({ repository, tag, source: from, target: to });
    }
  }
  return mirrored;
}

async function rawDigest(reference: string): Promise<string> {
  const raw = await skopeo(['inspect', '--raw', '--tls-verify=false', `docker://${reference}`]);
  return `sha256:${createHash('sha256').update(raw).digest('hex')}`;
}

async function skopeo(words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(['skopeo', ...words]);
  if (code !== 0) throw new Error(`skopeo ${words.join(' ')}: ${stderr}`);
  return stdout;
}

import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runToSuccess } from '../processes/run-command.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { writeCertsDir } from './certs-dir.ts';
import type { RegistryEndpoint } from './endpoint.ts';

/**
 * The digest of what a tag answers, by another client than ours: skopeo.
 *
 * @throws {Error} with skopeo's words when it cannot read the manifest.
 */
export async function skopeoDigest(
  registry: RegistryEndpoint,
  repository: string,
  reference: string,
): Promise<string> {
  const manifest = await skopeoManifest(registry, repository, reference);
  return `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
}

/**
 * The manifest that a tag or digest answers, byte by byte (`skopeo inspect --raw`).
 *
 * @throws {Error} with skopeo's words when it cannot read the manifest.
 */
export async function skopeoManifest(
  registry: RegistryEndpoint,
  repository: string,
  reference: string,
): Promise<string> {
  await using folder = await temporaryFolder();
  const { host } = new URL(registry.url);
  await writeCertsDir(folder.path, [host], registry.tls);
  const authFile = join(folder.path, 'auth.json');
  await writeFile(authFile, JSON.stringify({ auths: authsOf(host, registry) }), { mode: 0o600 });
  const transport = registry.tls ? ['--cert-dir', join(folder.path, host)] : ['--tls-verify=false'];
  const image = `docker://${host}/${repository}${reference.includes(':') ? '@' : ':'}${reference}`;
  return await runToSuccess(['skopeo', 'inspect', '--raw', '--authfile', authFile, ...transport, image]);
}

function authsOf(host: string, { credentials }: RegistryEndpoint): object {
  if (credentials === undefined) return {};
  const auth = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
  return { [host]: { auth } };
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { certificateAuthority } from './registry/certificate-authority.ts';

export interface RedisTls {
  /** `elsewhere`: of another host; absent: a good one. */
  readonly certificate?: 'expired' | 'elsewhere';
  /** True: clients have to show a certificate of the same authority. */
  readonly wantsClients?: boolean;
}

/** Paths. */
export interface RedisTlsFiles {
  readonly ca: string;
  /** Of the client, with `key`. */
  readonly cert: string;
  readonly key: string;
  readonly serverCert: string;
  readonly serverKey: string;
}

/** Writes certificates into a folder. @returns how redis.conf names them, and what is for clients. */
export async function writeRedisTls(
  dir: string,
  { certificate, wantsClients }: RedisTls,
): Promise<{ files: RedisTlsFiles; settings: Record<string, string> }> {
  const { ca, server, client, ...spoilt } = await certificateAuthority();
  const shown = certificate === undefined ? server : spoilt[certificate];
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(dir, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const files = {
    ca: await write('ca.crt', ca),
    cert: await write('client.crt', client.cert),
    key: await write('client.key', client.key),
    serverCert: await write('server.crt', shown.cert),
    serverKey: await write('server.key', shown.key),
  };
  const settings = {
    'tls-ca-cert-file': files.ca,
    'tls-cert-file': files.serverCert,
    'tls-key-file': files.serverKey,
    'tls-auth-clients': wantsClients ? 'yes' : 'no',
    'tls-replication': 'yes',
  };
  return { files, settings };
}

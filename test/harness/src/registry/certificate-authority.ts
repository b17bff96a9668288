import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runToSuccess } from '../processes/run-command.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateAuthority {
  /** The certificate that clients and servers trust. */
  readonly ca: string;
  /** For 127.0.0.1, localhost, Docker Hub, and the hosts of imitated ECR registries. */
  readonly server: Certificate;
  readonly client: Certificate;
  /** As `server`, but of yesterday. */
  readonly expired: Certificate;
  /** As `server`, but for a host that nobody is. */
  readonly elsewhere: Certificate;
}

/** The region of imitated ECR registries, whose certificate is the server's too. */
export const ECR_REGION = 'eu-west-1';

const DAYS = '30';
// What answers for a public name behind a proxy shows the same.
const HOSTS = ['localhost', `*.dkr.ecr.${ECR_REGION}.amazonaws.com`, 'registry-1.docker.io'];
const NAMES = ['IP:127.0.0.1', ...HOSTS.map((host) => `DNS:${host}`)].join(',');
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];

/** The authority of this process, made on first use, so that all its servers can be trusted by one certificate. */
export const certificateAuthority = once(makeCertificateAuthority);

async function makeCertificateAuthority(): Promise<CertificateAuthority> {
  await using folder = await temporaryFolder();
  const openssl = (...args: string[]): Promise<string> =>
    runToSuccess(['openssl', ...args], { cwd: folder.path });
  const issue = async (name: string, extensions: readonly string[]): Promise<Certificate> => {
    const signing = name === 'ca' ? [] : ['-CA', 'ca.crt', '-CAkey', 'ca.key'];
    const wanted = extensions.flatMap((extension) => ['-addext', extension]);
    const subject = ['-subj', `/CN=regfleet test ${name}`];
    const files = ['-out', `${name}.crt`, '-keyout', `${name}.key`];
    await openssl('req', '-x509', '-days', DAYS, ...KEY, ...signing, ...subject, ...wanted, ...files);
    const read = (file: string): Promise<string> => readFile(join(folder.path, file), 'utf8');
    return { cert: await read(`${name}.crt`), key: await read(`${name}.key`) };
  };
  const authority = await issue('ca', ['basicConstraints=critical,CA:true']);
  const leaf = 'basicConstraints=critical,CA:false';
  const serverFor = (names: string): string[] => [
    leaf,
    `subjectAltName=${names}`,
    'extendedKeyUsage=serverAuth',
  ];
  const [server, client, elsewhere, expired] = await Promise.all([
    issue('server', serverFor(NAMES)),
    issue('client', [leaf, 'extendedKeyUsage=clientAuth']),
    issue('elsewhere', serverFor('DNS:elsewhere.test')),
    issueExpired(folder.path, serverFor(NAMES)),
  ]);
  return { ca: authority.cert, server, client, elsewhere, expired };
}

/** `openssl req` makes none that has ended, `openssl x509` does. */
async function issueExpired(cwd: string, extensions: readonly string[]): Promise<Certificate> {
  const wanted = extensions.flatMap((extension) => ['-addext', extension]);
  const files = ['-out', 'expired.csr', '-keyout', 'expired.key'];
  const subject = ['-subj', '/CN=regfleet test expired'];
  await runToSuccess(['openssl', 'req', '-new', ...KEY, ...subject, ...wanted, ...files], { cwd });
  const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAserial', 'expired.srl', '-CAcreateserial'];
  const request = ['-in', 'expired.csr', '-copy_extensions', 'copyall', '-days', '-1'];
  await runToSuccess(['openssl', 'x509', '-req', ...request, ...signing, '-out', 'expired.crt'], { cwd });
  const read = (file: string): Promise<string> => readFile(join(cwd, file), 'utf8');
  return { cert: await read('expired.crt'), key: await read('expired.key') };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

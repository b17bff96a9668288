import { mkdir } from 'node:fs/promises';
import { hasBinary, runToSuccess } from '@regfleet/harness';
import { findPrograms, PEERS_FOLDER } from './programs.ts';

// https://go.dev/doc/install puts Go here, and PATH of a shell that was open before does not know.
const GO = hasBinary('go') ? 'go' : '/usr/local/go/bin/go';

const MODULES = [
  'github.com/regclient/regclient/cmd/regsync@v0.11.7',
  'github.com/google/go-containerregistry/cmd/crane@v0.22.1',
  'github.com/distribution/distribution/v3/cmd/registry@v3.1.2',
];

// A first build on two busy cores.
const TIMEOUT_MS = 30 * 60_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

await mkdir(PEERS_FOLDER, { recursive: true });
for (const module of MODULES) {
  say(`go install ${module}`);
  const env = { GOBIN: PEERS_FOLDER, CGO_ENABLED: '0' };
  await runToSuccess([GO, 'install', module], { env, timeoutMs: TIMEOUT_MS });
}
const { peers, registry } = await findPrograms(PEERS_FOLDER);
for (const [name, { version, path }] of [...Object.entries(peers), [registry.name, registry] as const])
  say(`${name} ${version}: ${path}`);

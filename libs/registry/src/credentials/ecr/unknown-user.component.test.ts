import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { freePort, runToSuccess, temporaryFolder } from '@regfleet/harness';
import { expect, it } from 'vitest';

// As Node does for a user whom neither HOME nor the machine gives a folder; only root may become one.
const UNKNOWN = `
import os from 'node:os';
import { syncBuiltinESMExports } from 'node:module';
os.homedir = () => { throw new Error('uv_os_homedir returned ENOENT'); };
syncBuiltinESMExports();
`;

const PROBE = `
const { openPrivateEcr } = await import(process.argv[1]);
const endpoint = { kind: 'private', host: '123.dkr.ecr.eu-west-1.amazonaws.com', account: '123', region: 'eu-west-1' };
const api = await openPrivateEcr(endpoint, { identity: {}, env: process.env });
console.log(await api.token(new AbortController().signal).catch(String));
`;

it('registry/credentials/ecr: a user without a home folder whom the machine does not know logs in by a web identity', async () => {
  await using folder = await temporaryFolder();
  const token = `${folder.path}/token`;
  await writeFile(token, 'token');
  const proxy = `127.0.0.1:${await freePort()}`;
  const variables = {
    AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/mirror',
    AWS_WEB_IDENTITY_TOKEN_FILE: token,
    AWS_EC2_METADATA_DISABLED: 'true',
    HTTPS_PROXY: `http://${proxy}`,
  };
  const argv = ['env', '-i', ...Object.entries(variables).map(([name, value]) => `${name}=${value}`)];
  const module = fileURLToPath(new URL('./private-api.ts', import.meta.url));
  const patch = `data:text/javascript,${encodeURIComponent(UNKNOWN)}`;
  const node = [process.execPath, '--import', patch, '--input-type=module', '-e', PROBE, module];
  expect(await runToSuccess([...argv, ...node])).toContain(`connect ECONNREFUSED ${proxy}`);
});

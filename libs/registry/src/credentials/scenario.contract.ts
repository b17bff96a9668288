import { type Location, parseRegistryName, SyncError, silentLogger } from '@regfleet/model';
import { vi } from 'vitest';
import type { HttpClient } from '../http/contract.ts';
import type { Environment } from '../http/proxy.ts';
import { Clouds } from './clouds.ts';
import type { CredentialDeps } from './deps.ts';

/** A location as tests of providers and listers need one; ambient unless `auth` is given. */
export const locationOf = (registry: string, more: Partial<Location> = {}): Location => ({
  registry: parseRegistryName(registry),
  auth: { kind: 'ambient' },
  tls: { skipVerify: false, certsDir: '' },
  ...more,
});

/** Deps with clouds of their own and the environment of the process. */
export const depsOf = (more: Partial<CredentialDeps> = {}): CredentialDeps => ({
  env: process.env,
  logger: silentLogger,
  now: Date.now,
  http: loopbackHttp({}),
  loginTimeoutMs: 30_000,
  clouds: new Clouds(more.env ?? process.env),
  ...more,
});

/**
 * Sets what the cloud SDKs read from the environment and hides what this machine has, so that nothing leaves loopback.
 *
 * `vi.unstubAllEnvs()` undoes it.
 */
export function stubCloudEnvironment(values: Environment): void {
  const hidden = Object.keys(process.env).filter((name) =>
    /^(?:AWS|AZURE|GOOGLE|GCLOUD|GCE|IDENTITY|MSI)_/.test(name),
  );
  for (const name of hidden) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries({ ...NOWHERE, ...values })) vi.stubEnv(name, value);
}

const NOWHERE: Environment = {
  HOME: '/nonexistent',
  XDG_RUNTIME_DIR: '/nonexistent',
  AWS_CONFIG_FILE: '/nonexistent/config',
  AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials',
  AWS_EC2_METADATA_DISABLED: 'true',
  // gcp-metadata asks the network unless it is told that there is nothing.
  METADATA_SERVER_DETECTION: 'none',
  AZURE_TOKEN_CREDENTIALS: 'prod',
};

/** The URL on loopback that stands for `url`. @throws where there is none: tests leave this machine for nothing. */
export function reroute(url: string, routes: Readonly<Record<string, string>>): string {
  const { origin, hostname } = new URL(url);
  if (hostname === '127.0.0.1') return url;
  const target = routes[origin];
  if (target === undefined) throw new Error(`a test asks for ${origin}`);
  return target + url.slice(origin.length);
}

/** An HTTP client that reaches loopback only. @param routes - origin on loopback by origin. */
export function loopbackHttp(routes: Readonly<Record<string, string>>): HttpClient {
  return {
    async request({ method, url, headers, form, signal }) {
      const response = await fetch(reroute(url, routes), {
        method,
        headers: { ...headers },
        body: form === undefined ? null : new URLSearchParams({ ...form }),
        signal: signal ?? null,
        redirect: 'error',
      }).catch((cause: unknown) => {
        signal?.throwIfAborted();
        throw new SyncError('NETWORK_FAILED', { message: `${method} ${new URL(url).host} failed`, cause });
      });
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        text: await response.text(),
      };
    },
  };
}

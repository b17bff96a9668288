import { type AuthSettings, type Location, parseRegistryName } from '@regfleet/model';
import type { RetryPolicy } from '../model.ts';
import { durationText, type Leaf, type Leaves, MASK } from './leaf.ts';

/** What is put in the place of what is written, where levels above or defaults have a say. */
export class EffectiveValues {
  readonly leaves: Leaves;
  readonly #registries: ReadonlyMap<string, string>;

  /** @param hosts - as written under `registries`. */
  constructor(leaves: Leaves, hosts: Iterable<string>) {
    this.leaves = leaves;
    this.#registries = new Map(
      [...hosts].map((host) => [parseRegistryName(host).host, `registries.${host}`]),
    );
  }

  /** @param above - keys of levels above that may have said it. */
  put(path: string, value: Leaf['value'] | undefined, ...above: readonly string[]): void {
    if (value === undefined) this.leaves.delete(path);
    else this.leaves.set(path, { value, keys: [path, ...above] });
  }

  putDuration(path: string, durationMs: number | undefined, ...above: readonly string[]): void {
    this.put(path, durationMs === undefined ? undefined : durationText(durationMs), ...above);
  }

  /** Takes away a key with all below it. */
  drop(path: string): void {
    for (const key of this.leaves.keys())
      if (key === path || key.startsWith(`${path}.`)) this.leaves.delete(key);
  }

  /** Where `registries` speaks of a registry. */
  registryPath({ registry }: Location): string | undefined {
    return this.#registries.get(registry.host);
  }

  putAuth(path: string, auth: AuthSettings, above?: string): void {
    const keys = (...names: string[]): string[] =>
      [path, above].flatMap((place) =>
        place === undefined ? [] : [...names, 'auth'].map((name) => `${place}.${name}`),
      );
    const put = (key: string, value: string | undefined): void =>
      this.put(`${path}.${key}`, value, ...keys(key));
    put('auth', auth.kind === 'anonymous' ? 'none' : undefined);
    put('username', 'username' in auth ? auth.username : undefined);
    put('password', auth.kind === 'basic' ? MASK : undefined);
    put('github-audience', auth.kind === 'github' ? auth.audience : undefined);
    put('password-file', auth.kind === 'password-file' ? auth.passwordFile : undefined);
  }

  putRetries(path: string, { attempts, backoffMs, maxBackoffMs }: RetryPolicy, above?: string): void {
    const keys = (name: string): string[] => (above === undefined ? [] : [`${above}.${name}`]);
    this.put(`${path}.attempts`, attempts, ...keys('attempts'));
    this.putDuration(`${path}.backoff`, backoffMs, ...keys('backoff'));
    this.putDuration(`${path}.max-backoff`, maxBackoffMs, ...keys('max-backoff'));
  }
}

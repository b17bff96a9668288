import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import type { Credentials } from '@regfleet/model';
import type { CredentialSource } from '../credentials/contract.ts';

const derive = promisify<string, string, number, object, Buffer>(scrypt);

// 32 MiB and a tenth of a second for an account, once: who reads notes is not to try passwords on them at leisure.
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const KEY_BYTES = 32;
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Keeps texts from everybody who does not have the password of an account, as every process with the same config has it.
 *
 * What is given for a while, as clouds give it, differs from process to process: with that, as without an account, nothing is sealed.
 */
export class UploadSeal {
  readonly #registry: string;
  readonly #credentials: CredentialSource;
  #last: { readonly of: string; readonly key: Promise<Buffer> } | undefined;

  constructor(registry: string, credentials: CredentialSource) {
    this.#registry = registry;
    this.#credentials = credentials;
  }

  /** Absent: there is nothing to seal it with. @param repository - that it is opened for, and for no other. */
  async seal(repository: string, text: string): Promise<string | undefined> {
    const key = await this.#key(repository);
    if (key === undefined) return undefined;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(this.#bound(repository));
    return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString(
      'base64url',
    );
  }

  /** Absent: this account has not sealed it, or not for this repository of this registry. */
  async open(repository: string, sealed: string): Promise<string | undefined> {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    const key = await this.#key(repository);
    if (key === undefined) return undefined;
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(this.#bound(repository))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([
        decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)),
        decipher.final(),
      ]).toString();
    } catch {
      return undefined;
    }
  }

  #bound(repository: string): Buffer {
    return Buffer.from(`${this.#registry}/${repository}`);
  }

  async #key(repository: string): Promise<Buffer | undefined> {
    const held: Credentials | undefined = await this.#credentials.get({ repository });
    if (held === undefined || held.expiresAtMs !== undefined) return undefined;
    const { username, secret } = held;
    const of = JSON.stringify([username, secret.reveal()]);
    if (this.#last?.of !== of) {
      const salt = JSON.stringify(['upload of regfleet', this.#registry, username]);
      this.#last = { of, key: derive(secret.reveal(), salt, KEY_BYTES, COST) };
    }
    return await this.#last.key;
  }
}

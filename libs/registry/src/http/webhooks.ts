import { DEFAULT_PEER_LIMITS, isSyncError, keepSecret, type Secret, silentLogger } from '@regfleet/model';
import { AddressPolicy } from './address-policy.ts';
import { httpClientOf } from './http-client.ts';
import type { Environment } from './proxy.ts';
import { DEFAULT_TIMEOUTS } from './timeouts.ts';
import { Transport } from './transport.ts';
import { TrustStore } from './trust-store.ts';

/** What is posted, and where. */
export interface Webhook {
  readonly url: Secret;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, Secret>;
  readonly contentType: string;
  readonly body: string;
}

const ANSWER_MS = 10_000;
const CONNECTIONS = 4;
// No address of anything: what is posted goes to hosts that are checked as those are that a registry on this machine names.
const NOWHERE = 'webhook.invalid';

/** Posts to URLs that are secrets: nothing of them is in any log, error or metric. */
export class Webhooks {
  readonly #transport: Transport;
  readonly #answerMs: number;

  /** @param answerMs - how long a receiver has for its answer. */
  constructor(env: Environment, answerMs = ANSWER_MS) {
    this.#answerMs = answerMs;
    const { minBytesPerSecond, minRateWindowMs, maxTags } = DEFAULT_PEER_LIMITS;
    this.#transport = new Transport({
      registry: NOWHERE,
      apiHost: NOWHERE,
      tls: { skipVerify: false, certsDir: '' },
      env,
      httpClient: httpClientOf(env),
      timeouts: DEFAULT_TIMEOUTS,
      maxConnections: CONNECTIONS,
      trust: new TrustStore(silentLogger, Date.now),
      // Receivers on this machine and in private networks are meant; link-local ones, and the metadata of clouds, never are.
      addressPolicy: new AddressPolicy('127.0.0.1'),
      userAgent: 'regfleet',
      // The path of a webhook is a password.
      logger: silentLogger,
      onRequest: () => undefined,
      limits: { pace: { minBytesPerSecond, windowMs: minRateWindowMs }, maxNames: maxTags },
      now: Date.now,
    });
  }

  /**
   * Sends it once.
   *
   * @returns why it was not taken, without where it went; absent: it was.
   * @throws the reason of `signal` once that is aborted.
   */
  async post({ url, headers, contentType, body }: Webhook, signal: AbortSignal): Promise<string | undefined> {
    keepSecret(url.reveal());
    const sent = Object.fromEntries([...headers].map(([name, value]) => [name, value.reveal()]));
    const { authorization, ...others } = sent;
    const target = new URL(url.reveal());
    const late = AbortSignal.timeout(this.#answerMs);
    try {
      const answer = await this.#transport.send({
        method: 'POST',
        url: target,
        ...(authorization !== undefined && {
          authorization: { value: authorization, origin: target.origin },
        }),
        headers: { ...others, 'content-type': contentType },
        body,
        signal: AbortSignal.any([signal, late]),
        isRepeatable: false,
        namedBy: 'service',
      });
      await answer.discard();
      return answer.status >= 200 && answer.status < 300 ? undefined : `answered with ${answer.status}`;
    } catch (error) {
      signal.throwIfAborted();
      if (late.aborted) return `no answer within ${this.#answerMs / 1000} s`;
      return isSyncError(error) ? error.code : 'NETWORK_FAILED';
    }
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}

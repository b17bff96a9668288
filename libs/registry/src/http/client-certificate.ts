import { TLSSocket } from 'node:tls';
import { SyncError } from '@regfleet/model';
import type { buildConnector } from 'undici';

// https://undici.nodejs.org/#/docs/api/Errors and Node's own
const CUT = /^(?:UND_ERR_SOCKET|ECONNRESET|EPIPE|ERR_SSL_.*_ALERT_.*)$/;

/**
 * What the connections of a pool show of client certificates.
 *
 * In TLS 1.3 a server refuses one after the handshake, as a rule by a cut that looks like any other. That it asked for
 * one is known: only then are there signature algorithms that both sides know.
 */
export class ClientCertificate {
  /** Files of the certificates that are shown. */
  readonly #files: readonly string[];
  #isAskedFor = false;
  #hasAnswered = false;

  constructor(files: readonly string[]) {
    this.#files = files;
  }

  /** Watches the connections that `connect` makes. */
  watch(connect: buildConnector.connector): buildConnector.connector {
    return (options, callback) => {
      connect(options, (...outcome) => {
        const [, socket] = outcome;
        if (socket instanceof TLSSocket && socket.getSharedSigalgs().length > 0) this.#isAskedFor = true;
        callback(...outcome);
      });
    };
  }

  /** The server has answered: it takes what is shown. */
  answered(): void {
    this.#hasAnswered = true;
  }

  /** `error`, or what it means where the server asked for a certificate and cut before its first answer. */
  explain(error: unknown, registry: string): unknown {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!this.#isAskedFor || this.#hasAnswered || !CUT.test(code)) return error;
    if (this.#files.length > 0) {
      return new SyncError('TLS_FAILED', {
        message: `cannot reach ${registry}: it refused the client certificate ${this.#files.join(', ')} (CLIENT_CERT_REFUSED)`,
        hint: 'is the certificate still valid, and issued by an authority that the registry knows?',
        registry,
        cause: error,
      });
    }
    // It may want none of everybody, and have restarted.
    return new SyncError('NETWORK_FAILED', {
      message: `cannot reach ${registry}: the connection was cut after it asked for a client certificate (CLIENT_CERT_MISSING)`,
      hint: 'put the client certificate and its key into <certs-dir>/<host> as *.cert and *.key',
      registry,
      cause: error,
    });
  }
}

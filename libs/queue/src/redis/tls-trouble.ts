import { SyncError } from '@regfleet/model';

/** Why a connection with TLS failed, and what to do. */
export interface TlsTrouble {
  /** `REDIS_UNREACHABLE` where somebody else ends it, as by a new certificate. */
  readonly code: 'REDIS_UNREACHABLE' | 'REDIS_UNSUITABLE';
  readonly what: string;
  readonly hint: string;
}

const OWN_CERTIFICATE = 'see redis.cert and redis.key, and tls-ca-cert-file of that Redis';
const SCHEME =
  'rediss:// and rediss+sentinel:// are for a Redis with TLS, redis:// and redis+sentinel:// for one without';

const NO_TLS: TlsTrouble = { code: 'REDIS_UNSUITABLE', what: 'it does not speak TLS', hint: SCHEME };

/** By the code of the error: https://nodejs.org/api/tls.html#x509-certificate-error-codes, and OpenSSL's names of alerts. */
const BY_CODE: readonly (readonly [RegExp, TlsTrouble])[] = [
  [/^(?:EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)$/, NO_TLS],
  [
    /^ERR_TLS_CERT_ALTNAME/,
    {
      code: 'REDIS_UNSUITABLE',
      what: 'its certificate is for another host',
      hint: 'name the host in redis.url as the certificate does; behind Sentinels, let those announce host names, or let the certificate have the addresses',
    },
  ],
  [
    /^CERT_HAS_EXPIRED$/,
    {
      code: 'REDIS_UNREACHABLE',
      what: 'its certificate has expired',
      hint: 'renew it, and look at the clock of this machine',
    },
  ],
  [
    /^CERT_NOT_YET_VALID$/,
    {
      code: 'REDIS_UNREACHABLE',
      what: 'its certificate is not valid yet',
      hint: 'look at the clocks of this machine and of the one that made the certificate',
    },
  ],
  [
    /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_CA|PATH_LENGTH)/,
    {
      code: 'REDIS_UNSUITABLE',
      what: 'its certificate is not trusted',
      hint: 'let redis.ca, or NODE_EXTRA_CA_CERTS, name the file of the CA that signed it',
    },
  ],
  [
    /_ALERT_CERTIFICATE_REQUIRED$|_ALERT_HANDSHAKE_FAILURE$/,
    {
      code: 'REDIS_UNSUITABLE',
      what: 'it wants a client certificate',
      hint: 'give redis.cert and redis.key, or set tls-auth-clients no there, and a password',
    },
  ],
  [
    /_ALERT_CERTIFICATE_EXPIRED$/,
    {
      code: 'REDIS_UNREACHABLE',
      what: 'it says that our certificate has expired',
      hint: 'renew the file of redis.cert',
    },
  ],
  [
    /_ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_UNKNOWN|CERTIFICATE_REVOKED|DECRYPT_ERROR)$/,
    { code: 'REDIS_UNSUITABLE', what: 'it does not take our certificate', hint: OWN_CERTIFICATE },
  ],
  [
    /_ALERT_PROTOCOL_VERSION$|^ERR_SSL_UNSUPPORTED_PROTOCOL$/,
    {
      code: 'REDIS_UNSUITABLE',
      what: 'it speaks no version of TLS that we do',
      hint: 'see tls-protocols of that Redis: 1.2 and 1.3 will do',
    },
  ],
  [
    /^ERR_(?:SSL|TLS|OSSL)_/,
    { code: 'REDIS_UNREACHABLE', what: 'TLS failed', hint: 'see the log and the TLS settings of that Redis' },
  ],
];

/** Absent: the code says nothing of TLS. */
export const tlsTrouble = (code: string): TlsTrouble | undefined =>
  BY_CODE.find(([pattern]) => pattern.test(code))?.[1];

const asError = ({ code, what, hint }: TlsTrouble): SyncError => new SyncError(code, { message: what, hint });

/** That a server was found out to speak without TLS. */
export const noTlsThere = (): SyncError => asError(NO_TLS);

/** That a server was found out to speak with TLS only. */
export const tlsThere = (): SyncError => asError(WANTS_TLS);

export const WANTS_TLS: TlsTrouble = { code: 'REDIS_UNSUITABLE', what: 'it wants TLS', hint: SCHEME };

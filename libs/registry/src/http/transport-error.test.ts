import { type ErrorCode, SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { transportError } from './transport-error.ts';

const raw = (code: string, cause?: unknown) => Object.assign(new Error(`raw ${code}`, { cause }), { code });
const classify = (error: unknown, isBody = false) =>
  transportError(error, { registry: 'r.example.com', isBody });

describe('registry/http/transport-error', () => {
  it.each<[string, ErrorCode]>([
    ['ECONNREFUSED', 'NETWORK_FAILED'],
    ['ENOTFOUND', 'NETWORK_FAILED'],
    ['EAI_AGAIN', 'NETWORK_FAILED'],
    ['EHOSTUNREACH', 'NETWORK_FAILED'],
    ['ENETUNREACH', 'NETWORK_FAILED'],
    ['ECONNRESET', 'NETWORK_FAILED'],
    ['EPIPE', 'NETWORK_FAILED'],
    ['EMFILE', 'NETWORK_FAILED'],
    ['EADDRNOTAVAIL', 'NETWORK_FAILED'],
    ['EPERM', 'NETWORK_FAILED'],
    ['UND_ERR_SOCKET', 'NETWORK_FAILED'],
    ['UND_ERR_PRX_TLS', 'NETWORK_FAILED'],
    ['ESOMETHINGNEW', 'NETWORK_FAILED'],
    ['ETIMEDOUT', 'TIMED_OUT'],
    ['UND_ERR_CONNECT_TIMEOUT', 'TIMED_OUT'],
    ['UND_ERR_HEADERS_TIMEOUT', 'TIMED_OUT'],
    ['UND_ERR_BODY_TIMEOUT', 'TIMED_OUT'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'STREAM_TRUNCATED'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TLS_FAILED'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'TLS_FAILED'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'TLS_FAILED'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'TLS_FAILED'],
    ['CERT_HAS_EXPIRED', 'TLS_FAILED'],
    ['CERT_NOT_YET_VALID', 'TLS_FAILED'],
    ['CERT_REVOKED', 'TLS_FAILED'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TLS_FAILED'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'TLS_FAILED'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'TLS_FAILED'],
    ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'TLS_FAILED'],
    ['EPROTO', 'TLS_FAILED'],
    ['HPE_INVALID_CONSTANT', 'RESPONSE_INVALID'],
    ['UND_ERR_HEADERS_OVERFLOW', 'RESPONSE_INVALID'],
    ['UND_ERR_INVALID_ARG', 'INTERNAL'],
  ])('%s is %s', (code, expected) => {
    expect(classify(raw(code)).code).toBe(expected);
  });

  it('names the host, the raw code and what to do', () => {
    expect(classify(raw('ECONNREFUSED'))).toMatchObject({
      registry: 'r.example.com',
      message: 'cannot reach r.example.com: connection refused (ECONNREFUSED)',
      hint: expect.stringContaining('port'),
    });
    expect(classify(raw('SELF_SIGNED_CERT_IN_CHAIN')).hint).toContain('ca.crt');
    expect(classify(raw('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED')).hint).toContain('client certificate');
  });

  it('tells of the limits of this machine, by a proxy or not', () => {
    for (const proxy of [undefined, 'proxy:3128']) {
      const { hint } = transportError(raw('EMFILE'), { registry: 'r.example.com', proxy });
      expect(hint).toContain('ulimit -n');
    }
  });

  it('names all of a way by a proxy to where a registry redirects', () => {
    const way = { registry: 's.example.com', redirectedBy: 'r.example.com', proxy: 'proxy:3128' };
    expect(transportError(raw('ECONNRESET'), way)).toMatchObject({
      message:
        'cannot reach s.example.com, to which r.example.com redirects, by the proxy proxy:3128: the connection was cut (ECONNRESET)',
      registry: 'r.example.com',
    });
  });

  it('calls a cut in the middle of an answer a truncated stream', () => {
    expect(classify(raw('ECONNRESET'), true).code).toBe('STREAM_TRUNCATED');
    expect(classify(raw('UND_ERR_BODY_TIMEOUT'), true).code).toBe('TIMED_OUT');
  });

  it('looks into attempts at several addresses, and behind what undici wraps', () => {
    expect(classify(new AggregateError([raw('ECONNREFUSED'), raw('ENETUNREACH')])).message).toContain(
      'connection refused',
    );
    expect(classify(raw('UND_ERR_SOCKET', raw('ERR_SSL_WRONG_VERSION_NUMBER'))).code).toBe('TLS_FAILED');
  });

  it('leaves our own errors alone and takes anything else for a bug', () => {
    const own = new SyncError('REDIRECT_REFUSED', { message: 'no' });
    expect(classify(own)).toBe(own);
    expect(classify(new TypeError('x is not a function')).code).toBe('INTERNAL');
    expect(classify('text').code).toBe('INTERNAL');
  });
});

import { SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { connectingTrouble, redisRefusal, redisTrouble } from './trouble.ts';

const REDIS = 'Redis at redis://redis.test:6379';
const reply = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });
const failed = (code: string, message = ''): Error => Object.assign(new Error(message), { code });

describe('queue/redis/trouble', () => {
  it.each([
    ["NOPERM User u has no permissions to run the 'smembers' command", 'REDIS_UNSUITABLE', /\+?INFO/],
    [
      "ERR The user executing the script can't run this command or subcommand",
      'REDIS_UNSUITABLE',
      /channels/,
    ],
    ['NOAUTH Authentication required.', 'REDIS_UNSUITABLE', /password/],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'REDIS_UNSUITABLE', /password/],
    ['ERR invalid password', 'REDIS_UNSUITABLE', /password/],
    ['MOVED 3999 127.0.0.1:6381', 'REDIS_UNSUITABLE', /no cluster/],
    ['ASK 3999 127.0.0.1:6381', 'REDIS_UNSUITABLE', /no cluster/],
    ['ERR SELECT is not allowed in cluster mode', 'REDIS_UNSUITABLE', /no cluster/],
    ['ERR DB index is out of range', 'REDIS_UNSUITABLE', /databases/],
    ["ERR unknown command 'set', with args beginning with: ", 'REDIS_UNSUITABLE', /Sentinel/],
    ['DENIED Redis is running in protected mode', 'REDIS_UNSUITABLE', /password/],
    ["READONLY You can't write against a read only replica.", 'REDIS_UNREACHABLE', /primary/],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'REDIS_UNREACHABLE', /maxmemory/],
    ['MISCONF Redis is configured to save RDB snapshots', 'REDIS_UNREACHABLE', /disk/],
    ['BUSY Redis is busy running a script.', 'REDIS_UNREACHABLE', /SCRIPT KILL/],
    ['ERR max number of clients reached', 'REDIS_UNREACHABLE', /maxclients/],
    ['EXECABORT Transaction discarded because of previous errors.', 'REDIS_UNREACHABLE', /well again/],
  ])('tells the reply "%s" as %s, and what to do', (message, code, hint) => {
    const told = {
      code,
      message: `${REDIS} refuses a command: ${message}`,
      hint: expect.stringMatching(hint),
    };
    expect(redisTrouble(reply(message), REDIS)).toMatchObject(told);
    expect(redisRefusal(reply(message), REDIS)).toMatchObject(told);
  });

  it.each([
    'WRONGTYPE Operation against a key holding the wrong kind of value',
    'BUSYGROUP Consumer Group name already exists',
    'ERR user_script:12: attempt to index a nil value',
  ])('takes the reply "%s" for no trouble of Redis, but never for a bug of a command', (message) => {
    expect(redisTrouble(reply(message))).toBeUndefined();
    expect(redisRefusal(reply(message), REDIS)).toMatchObject({ code: 'REDIS_UNSUITABLE' });
  });

  it('takes a connection that ended under a command for trouble that may pass', () => {
    for (const message of ['Command aborted due to connection close', 'Connection is closed.'])
      expect(redisTrouble(new Error(message))).toMatchObject({ code: 'REDIS_UNREACHABLE' });
  });

  it('leaves other failures alone', () => {
    for (const error of [new SyncError('DENIED', { message: 'no' }), new TypeError('a bug'), 'text']) {
      expect(redisTrouble(error)).toBeUndefined();
      expect(redisRefusal(error, REDIS)).toBe(error);
    }
  });

  it.each([
    [failed('ECONNREFUSED'), 'nothing listens there (ECONNREFUSED)', /Redis runs there/],
    [failed('ENOTFOUND', 'getaddrinfo ENOTFOUND h'), 'this machine knows no such host (ENOTFOUND)', /host/],
    [failed('EAI_AGAIN'), 'the host could not be looked up (EAI_AGAIN)', /name service/],
    [failed('ETIMEDOUT', 'connect ETIMEDOUT'), 'the attempt to connect timed out (ETIMEDOUT)', /firewall/],
    [failed('ENOENT', 'connect ENOENT /r.sock'), 'there is no such socket (ENOENT)', /Redis runs/],
    [failed('CERT_HAS_EXPIRED', 'certificate has expired'), 'its certificate has expired: cert', /renew/],
    [failed('CERT_NOT_YET_VALID', 'not yet valid'), 'its certificate is not valid yet', /clocks/],
    [failed('ERR_SSL_TLSV1_ALERT_CERTIFICATE_EXPIRED'), 'it says that our certificate', /redis\.cert/],
    [failed('ERR_SSL_BAD_RECORD_TYPE'), 'TLS failed (ERR_SSL_BAD_RECORD_TYPE)', /TLS settings/],
    [failed('ECONNRESET', 'read ECONNRESET'), 'read ECONNRESET', /rediss:/],
    [failed('EPIPE', 'write EPIPE'), 'it closes each connection at once (EPIPE)', /maxclients/],
    [undefined, 'nothing was heard', /firewall/],
  ])('names the cause of no connection: %s', (error, cause, hint) => {
    const told = connectingTrouble(error, REDIS, 5_000);
    expect(told).toMatchObject({ code: 'REDIS_UNREACHABLE', hint: expect.stringMatching(hint) });
    expect(told.message).toContain(`${REDIS} did not answer within 5000 ms: ${cause}`);
  });

  it.each([
    [failed('ERR_SSL_WRONG_VERSION_NUMBER'), 'it does not speak TLS', /redis:\/\//],
    [failed('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed'), 'its certificate is not trusted: self', /redis\.ca/],
    [failed('ERR_TLS_CERT_ALTNAME_INVALID', 'Host'), 'its certificate is for another host: Host', /name the/],
    [failed('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'it wants a client certificate', /redis\.cert/],
    [failed('ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE'), 'it wants a client certificate', /redis\.cert/],
    [failed('ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE'), 'it wants a client certificate', /redis\.cert/],
    [failed('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'), 'it does not take our certificate', /tls-ca-cert-file/],
    [failed('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'), 'it speaks no version of TLS', /tls-protocols/],
  ])('takes what waiting does not change for unsuitable: %s', (error, cause, hint) => {
    const told = connectingTrouble(error, REDIS);
    expect(told).toMatchObject({ code: 'REDIS_UNSUITABLE', hint: expect.stringMatching(hint) });
    expect(told.message).toContain(`${REDIS} cannot be reached: ${cause}`);
  });
});

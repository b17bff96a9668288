import type { RedisAccess, RedisPlace } from '@regfleet/model';
import { expandEnvironment } from '../credentials/environment.ts';
import { readFilePath, readKeyFile, readPasswordFile } from '../credentials/secret-file.ts';
import type { RedisSection } from '../schema/config.ts';
import { placeOf, type Sourced } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';

type Key = keyof RedisSection['fields'] & string;

const TLS_KEYS = ['ca', 'cert', 'key'] as const satisfies readonly Key[];
const SENTINEL_KEYS = ['sentinel-username', 'sentinel-password-file'] as const satisfies readonly Key[];

/**
 * What the section says beside its URL.
 *
 * @param place - what the URL names; absent: it cannot be told, so that nothing contradicts it.
 */
export function readRedisAccess(
  section: RedisSection,
  place: RedisPlace | undefined,
  context: ParseContext,
): RedisAccess {
  const { ca, cert, key, username, ...others } = given(section);
  const { 'password-file': passwordFile, 'sentinel-username': sentinelUsername } = others;
  const sentinelPasswordFile = others['sentinel-password-file'];
  const user = username && expandEnvironment(username, context);
  const sentinelUser = sentinelUsername && expandEnvironment(sentinelUsername, context);
  checkPairs(section, context);
  if (place !== undefined) {
    checkPlace(section, place, context);
    checkLogin(section, { place, user }, context);
  }
  return {
    ...(ca && { ca: readFilePath(ca, 'redis-ca-unreadable', context) }),
    ...(cert && { cert: readFilePath(cert, 'redis-cert-unreadable', context) }),
    ...(key && { key: readKeyFile(key, 'redis-key-unreadable', context) }),
    ...(user && { username: user }),
    ...(passwordFile && { passwordFile: readPasswordFile(passwordFile, context) }),
    ...(sentinelUser && { sentinelUsername: sentinelUser }),
    ...(sentinelPasswordFile && { sentinelPasswordFile: readPasswordFile(sentinelPasswordFile, context) }),
  };
}

type Texts = { readonly [Name in Key]?: Sourced<string> };

/** An empty text says nothing. */
const given = ({ fields }: RedisSection): Texts =>
  Object.fromEntries(Object.entries(fields).filter(([, { value }]) => value !== ''));

function checkPairs(section: RedisSection, { report }: ParseContext): void {
  const texts = given(section);
  const lacks = (key: Key, other: Key): boolean =>
    texts[key] !== undefined && texts[other] === undefined && !section.broken.has(other);
  for (const [key, other] of [['cert', 'key'] as const, ['key', 'cert'] as const]) {
    if (!lacks(key, other)) continue;
    report.error(placeOf(section, key), {
      rule: 'redis-client-certificate-incomplete',
      message: `${key} without ${other}`,
      hint: `add ${other}: a client certificate is shown with its private key`,
    });
  }
  if (lacks('sentinel-username', 'sentinel-password-file')) {
    report.error(placeOf(section, 'sentinel-username'), {
      rule: 'redis-password-missing',
      message: 'sentinel-username without a password',
      hint: 'add sentinel-password-file',
    });
  }
}

function checkPlace(section: RedisSection, place: RedisPlace, { report }: ParseContext): void {
  const texts = given(section);
  const isTls = place.kind !== 'socket' && place.isTls;
  for (const key of TLS_KEYS) {
    if (isTls || texts[key] === undefined) continue;
    report.error(placeOf(section, key), {
      rule: 'redis-tls-contradiction',
      message: `${key} is for TLS, and the url is for a Redis without`,
      hint: `write rediss:// or rediss+sentinel://, or remove ${key}`,
    });
  }
  for (const key of SENTINEL_KEYS) {
    if (place.kind === 'sentinel' || texts[key] === undefined) continue;
    report.error(placeOf(section, key), {
      rule: 'redis-sentinel-contradiction',
      message: `${key} is for Sentinels, and the url names none`,
      hint: `write redis+sentinel://host,host/NAME or rediss+sentinel://host,host/NAME, or remove ${key}`,
    });
  }
}

/** What the URL holds is not shown: a part of a password may be taken for a user. */
function checkLogin(
  section: RedisSection,
  { place, user }: { place: RedisPlace; user: string | undefined },
  { report }: ParseContext,
): void {
  const { username, 'password-file': passwordFile } = given(section);
  if (passwordFile !== undefined && place.password !== undefined) {
    report.error(passwordFile.at, {
      rule: 'redis-password-twice',
      message: 'password-file and the url both give a password',
      hint: 'keep one of them',
    });
  }
  if (username === undefined) return;
  if (user !== undefined && place.username !== undefined && place.username !== user) {
    report.error(username.at, {
      rule: 'redis-username-twice',
      message: 'username and the url name two users',
      hint: 'keep one of them',
    });
  }
  if (passwordFile !== undefined || place.password !== undefined || section.broken.has('password-file'))
    return;
  report.error(username.at, {
    rule: 'redis-password-missing',
    message: 'username without a password',
    hint: `add password-file, or put the password into the url: redis://:\${REDIS_PASSWORD}@host:6379`,
  });
}

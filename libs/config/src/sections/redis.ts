import { REDIS_DATABASE_HINT, redisDatabase, Secret } from '@regfleet/model';
import { expandEnvironment, literalOf } from '../credentials/environment.ts';
import { warnOfOpenConfig } from '../credentials/open-file.ts';
import type { RedisSettings } from '../model.ts';
import type { ConfigSection } from '../schema/config.ts';
import { DEFAULT_REDIS_PREFIX } from '../schema/globals.ts';
import { placeOf, type Sourced } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';

/** Undefined: the file names no Redis. */
export function readRedis(config: ConfigSection, context: ParseContext): RedisSettings | undefined {
  const section = config.fields.redis?.value;
  if (section === undefined) return undefined;
  const { url: written, prefix } = section.fields;
  if (prefix !== undefined && !/^[^\s{}]*$/.test(prefix.value)) {
    context.report.error(prefix.at, {
      rule: 'redis-prefix-invalid',
      message: `"${prefix.value}" cannot begin keys`,
      hint: 'leave out blanks and braces',
    });
  }
  if (written === undefined || written.value === '') {
    if (!section.broken.has('url')) {
      context.report.error(placeOf(section, 'url'), {
        rule: 'redis-url-missing',
        message: 'redis has no url',
        hint: `add url: redis://host:6379, or url: \${REGFLEET_REDIS_URL} to take it from the environment`,
      });
    }
    return undefined;
  }
  const url = readUrl(written, context);
  return url === undefined
    ? undefined
    : { url: new Secret(url), prefix: prefix?.value || DEFAULT_REDIS_PREFIX };
}

function readUrl(written: Sourced<string>, context: ParseContext): string | undefined {
  const url = expandEnvironment(written, context);
  const issue = url === undefined ? undefined : issueOf(url);
  if (issue !== undefined) context.report.error(written.at, issue);
  if (url !== undefined) warnOfOpenConfig(written, passwordIn(literalOf(written.value)), context);
  return url;
}

/** Of what remains of a URL without what the environment gives: it may lack its host. */
const passwordIn = (url: string): string => /^[a-z]+:\/\/[^/@:]*:([^/]*)@/i.exec(url)?.[1] ?? '';

/** The url may hold a password: it is not shown. */
function issueOf(text: string): { rule: string; message: string; hint: string } | undefined {
  const url = URL.parse(text);
  if (url === null || !isRedisUrl(url)) {
    return {
      rule: 'redis-url-invalid',
      message: 'not the address of a Redis',
      hint: 'write redis://host:port, rediss://host:port or unix:///path/to/socket; encode special characters of a password as in any URL',
    };
  }
  if (redisDatabase(url) !== 'invalid') return undefined;
  return {
    rule: 'redis-database-invalid',
    message: 'the database behind the host is no number',
    hint: REDIS_DATABASE_HINT,
  };
}

function isRedisUrl(url: URL): boolean {
  if (url.protocol === 'unix:') return url.pathname.length > 1;
  return (url.protocol === 'redis:' || url.protocol === 'rediss:') && url.hostname !== '';
}

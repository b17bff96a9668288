import {
  isRedisUrlProblem,
  type RedisPlace,
  type RedisUrlProblem,
  readRedisUrl,
  Secret,
} from '@regfleet/model';
import { expandEnvironment, guessedText, literalOf } from '../credentials/environment.ts';
import { warnOfOpenConfig } from '../credentials/open-file.ts';
import type { RedisSettings } from '../model.ts';
import type { ConfigSection, RedisSection } from '../schema/config.ts';
import { DEFAULT_REDIS_PREFIX } from '../schema/globals.ts';
import { placeOf, type Sourced } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';
import { readRedisAccess } from './redis-access.ts';

/** Undefined: the file names no Redis. */
export function readRedis(config: ConfigSection, context: ParseContext): RedisSettings | undefined {
  const section = config.fields.redis?.value;
  if (section === undefined) return undefined;
  const { prefix } = section.fields;
  if (prefix !== undefined && !/^[^\s{}]*$/.test(prefix.value)) {
    context.report.error(prefix.at, {
      rule: 'redis-prefix-invalid',
      message: `"${prefix.value}" cannot begin keys`,
      hint: 'leave out blanks and braces',
    });
  }
  const url = readUrl(section, context);
  const access = readRedisAccess(section, url?.place, context);
  if (url?.text === undefined) return undefined;
  return { url: new Secret(url.text), prefix: prefix?.value || DEFAULT_REDIS_PREFIX, access };
}

interface GivenUrl {
  /** Absent: parts of it are elsewhere. */
  readonly text?: string;
  readonly place: RedisPlace;
}

/** Undefined: there is none that can be used, which has been reported. */
function readUrl(section: RedisSection, context: ParseContext): GivenUrl | undefined {
  const { url: written } = section.fields;
  if (written !== undefined && written.value !== '') return parseUrl(written, context);
  if (!section.broken.has('url')) {
    context.report.error(placeOf(section, 'url'), {
      rule: 'redis-url-missing',
      message: 'redis has no url',
      hint: `add url: redis://host:6379, or url: \${REGFLEET_REDIS_URL} to take it from the environment`,
    });
  }
  return undefined;
}

function parseUrl(written: Sourced<string>, context: ParseContext): GivenUrl | undefined {
  const text = expandEnvironment(written, context);
  warnOfOpenConfig(written, passwordIn(literalOf(written.value)), context);
  const place = text === undefined ? guessedPlace(written.value, context) : readRedisUrl(text);
  if (place === undefined) return undefined;
  if (!isRedisUrlProblem(place)) return { ...(text !== undefined && { text }), place };
  context.report.error(written.at, place);
  return undefined;
}

/** What can be told of a URL whose variables are elsewhere. A number stands in for each: it may be a port and a name. */
function guessedPlace(url: string, context: ParseContext): RedisPlace | RedisUrlProblem | undefined {
  if (context.secrets === undefined) return undefined;
  const [one, other] = ['1', '2'].map((guess) => guessedText(url, context, guess));
  if (one === undefined || other === undefined) return undefined;
  const [place, second] = [readRedisUrl(one), readRedisUrl(other)];
  if (isRedisUrlProblem(place) || isRedisUrlProblem(second)) return place;
  const { username, ...rest } = place;
  return username === second.username ? place : rest;
}

/** Of what remains of a URL without what the environment gives: it may lack its host. */
const passwordIn = (url: string): string => /^[a-z+]+:\/\/[^/@:]*:([^/]*)@/i.exec(url)?.[1] ?? '';

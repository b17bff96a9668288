import { describe, expect, it } from 'vitest';
import { parseToken } from './token-answer.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const WHERE = { registry: 'example.com', realm: 'auth.example.com' };

const parse = (answer: object, serverMs?: number) =>
  parseToken(JSON.stringify(answer), { nowMs: NOW, serverMs }, WHERE);
const lifetime = (answer: object, serverMs?: number) =>
  (parse({ token: 't', ...answer }, serverMs).useUntilMs - NOW) / 1000;

describe('registry/auth/token-answer', () => {
  it.each([
    [{ token: 'a' }, 'a'],
    [{ access_token: 'b' }, 'b'],
    [{ token: 'a', access_token: 'b' }, 'a'],
    [{ token: '', access_token: 'b' }, 'b'],
  ])('takes the token of %j', (answer, text) => {
    expect(parse(answer).text).toBe(text);
  });

  it.each([
    ['sixty seconds without a lifetime, less the margin', {}, undefined, 50],
    ['the lifetime less the margin', { expires_in: 300 }, undefined, 290],
    ['a margin of a fifth for short lives', { expires_in: 10 }, undefined, 8],
    ['a lifetime written as text', { expires_in: '300' }, undefined, 290],
    ['the default for a lifetime that is none', { expires_in: -5 }, undefined, 50],
    [
      'the age by the clock of the server',
      { expires_in: 300, issued_at: '2026-03-01T11:00:00Z' },
      NOW - 3_540_000,
      230,
    ],
    [
      'no age without the clock of the server',
      { expires_in: 300, issued_at: '2026-03-01T11:00:00Z' },
      undefined,
      290,
    ],
    ['no age beyond the lifetime', { expires_in: 300, issued_at: '2020-01-01T00:00:00Z' }, NOW, 290],
    ['no age from a date that is none', { expires_in: 300, issued_at: 'yesterday' }, NOW, 290],
  ])('counts %s', (_title, answer, serverMs, seconds) => {
    expect(lifetime(answer, serverMs)).toBe(seconds);
  });

  it('takes a token of some kilobytes, and none that no server would take', () => {
    expect(parse({ token: 'x'.repeat(60_000) }).text).toHaveLength(60_000);
    expect(() => parse({ token: 'x'.repeat(70_000) })).toThrow(
      expect.objectContaining({ message: expect.stringContaining('a token that no request can carry') }),
    );
  });

  it.each(['\u0100', 'two\nlines', 'two words', 'caf\u00e9', 'nul\0'])(
    'refuses the token %j without quoting it',
    (token) => {
      expect(() => parse({ token: `secret${token}` })).toThrow(
        expect.objectContaining({
          code: 'RESPONSE_INVALID',
          registry: WHERE.registry,
          hint: expect.any(String),
          message: expect.not.stringContaining('secret'),
        }),
      );
    },
  );

  it.each(['<html>', '{}', '{"token":""}', '[]', ''])('refuses %j', (text) => {
    expect(() => parseToken(text, { nowMs: NOW }, WHERE)).toThrow(
      expect.objectContaining({ code: 'RESPONSE_INVALID' }),
    );
  });
});

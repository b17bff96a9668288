import { describe, expect, it } from 'vitest';
import type { SentRequest } from '../carrier.ts';
import { requestHead } from './request.ts';

const request = (parts: Partial<SentRequest>): SentRequest => ({
  path: '/v2/',
  method: 'GET',
  headers: {},
  body: null,
  headersTimeout: 1_000,
  ...parts,
});

describe('registry/http/sockets/request', () => {
  it('says host and fields', () => {
    const text = requestHead(request({ headers: { accept: 'a, b' } }), 'registry.test:5000', undefined);
    expect(text).toBe(
      'GET /v2/ HTTP/1.1\r\nhost: registry.test:5000\r\nconnection: keep-alive\r\naccept: a, b\r\n\r\n',
    );
  });

  it.each([
    ['POST', undefined, '0'],
    ['PUT', 7, '7'],
    ['DELETE', undefined, undefined],
  ])('says of %s with %s bytes the length %s', (method, bytes, length) => {
    const text = requestHead(request({ method }), 'h', bytes);
    expect(/content-length: (\d+)\r\n/.exec(text)?.[1]).toBe(length);
  });

  it('refuses a length that is not that of what is sent', () => {
    const headers = { 'content-length': '5' };
    expect(() => requestHead(request({ method: 'PUT', headers }), 'h', 4)).toThrow(
      expect.objectContaining({ code: 'UND_ERR_INVALID_ARG' }),
    );
    expect(requestHead(request({ method: 'PUT', headers }), 'h', 5)).toContain('\r\ncontent-length: 5\r\n');
  });

  it.each([
    ['a path with a line', { path: '/v2/\r\nx: y' }],
    ['a path with a blank', { path: '/v2/ HTTP/1.1' }],
    ['a value with a line', { headers: { a: 'x\r\nb: y' } }],
    ['a value that is not Latin-1', { headers: { a: '\u0100' } }],
    ['a name with a blank', { headers: { 'a b': 'x' } }],
    ['a name with a colon', { headers: { 'a:b': 'x' } }],
    ['a length that is none', { headers: { 'content-length': 'many' } }],
    ['a length below zero', { headers: { 'content-length': '-5' } }],
    ['a length in hexadecimal', { headers: { 'content-length': '0x10' } }],
    ['no length where one is said', { headers: { 'content-length': '' } }],
  ])('refuses %s', (_title, parts) => {
    expect(() => requestHead(request(parts), 'h', undefined)).toThrow(
      expect.objectContaining({ code: 'UND_ERR_INVALID_ARG' }),
    );
  });
});

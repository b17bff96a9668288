import { describe, expect, it } from 'vitest';
import { parseHead } from './answer-head.ts';

const head = (...lines: string[]): string => lines.join('\r\n');

describe('registry/http/answers/answer-head', () => {
  it('reads names in lower case, values without what surrounds them, and all of what is said twice', () => {
    const read = parseHead(
      head('HTTP/1.1 200 OK', 'Content-Length: 12', 'Link:\t<a> ', 'LINK: <b>', 'Empty:'),
      false,
    );
    expect(read).toMatchObject({ status: 200, framing: 12, isKept: true, keptMs: undefined });
    expect({ ...read.headers }).toEqual({ 'content-length': '12', link: ['<a>', '<b>'], empty: '' });
  });

  it.each([
    ['a length', ['Content-Length: 5'], 5],
    ['chunks', ['Transfer-Encoding: Chunked'], 'chunked'],
    ['neither', [], 'close'],
  ])('knows the end of a body by %s', (_title, lines, framing) => {
    expect(parseHead(head('HTTP/1.1 200', ...lines), false).framing).toBe(framing);
    expect(parseHead(head('HTTP/1.1 200', ...lines), true).framing).toBe(0);
    expect(parseHead(head('HTTP/1.1 304', ...lines), false).framing).toBe(0);
  });

  it.each([
    ['HTTP/1.1 200', ['Content-Length: 0'], true],
    ['HTTP/1.1 200', ['Content-Length: 0', 'Connection: Close'], false],
    ['HTTP/1.1 200', [], false],
    ['HTTP/1.0 200', ['Content-Length: 0'], false],
    ['HTTP/1.0 200', ['Content-Length: 0', 'Connection: keep-alive'], true],
  ])('knows of %s %j whether its connection is kept: %s', (first, lines, isKept) => {
    expect(parseHead(head(first, ...lines), false).isKept).toBe(isKept);
  });

  it('knows how long a connection is kept', () => {
    const keeping = head('HTTP/1.1 200', 'Content-Length: 0', 'Keep-Alive: max=5, timeout=7');
    expect(parseHead(keeping, false).keptMs).toBe(7_000);
  });

  it.each([
    ['what is no HTTP', ['SSH-2.0-OpenSSH'], 'HPE_INVALID_CONSTANT'],
    ['HTTP/2', ['HTTP/2 200'], 'HPE_INVALID_CONSTANT'],
    ['a status that is none', ['HTTP/1.1 2000'], 'HPE_INVALID_CONSTANT'],
    ['an announcement of HTTP/1.0', ['HTTP/1.0 103'], 'HPE_INVALID_STATUS'],
    ['a change of the protocol', ['HTTP/1.1 101'], 'HPE_UNEXPECTED_UPGRADE'],
    ['a line that is no field', ['HTTP/1.1 200', 'nonsense'], 'HPE_INVALID_HEADER_TOKEN'],
    ['a field without a name', ['HTTP/1.1 200', ': x'], 'HPE_INVALID_HEADER_TOKEN'],
    ['a blank before the colon', ['HTTP/1.1 200', 'a : x'], 'HPE_INVALID_HEADER_TOKEN'],
    ['a folded line', ['HTTP/1.1 200', 'a: x', ' b: y'], 'HPE_INVALID_HEADER_TOKEN'],
    ['a NUL', ['HTTP/1.1 200', 'a: \0'], 'HPE_INVALID_HEADER_TOKEN'],
    ['a lone LF', ['HTTP/1.1 200', 'a: x\nb: y'], 'HPE_INVALID_HEADER_TOKEN'],
    ['a lone CR', ['HTTP/1.1 200', 'a: x\rb: y'], 'HPE_INVALID_HEADER_TOKEN'],
    ['two lengths', ['HTTP/1.1 200', 'content-length: 5', 'content-length: 5'], 'HPE_INVALID_CONTENT_LENGTH'],
    ['lengths in one line', ['HTTP/1.1 200', 'content-length: 5, 5'], 'HPE_INVALID_CONTENT_LENGTH'],
    ['a length with a sign', ['HTTP/1.1 200', 'content-length: +5'], 'HPE_INVALID_CONTENT_LENGTH'],
    ['a length in hexadecimal', ['HTTP/1.1 200', 'content-length: 0x5'], 'HPE_INVALID_CONTENT_LENGTH'],
    [
      'a length beside chunks',
      ['HTTP/1.1 200', 'content-length: 5', 'transfer-encoding: chunked'],
      'HPE_UNEXPECTED_CONTENT_LENGTH',
    ],
    ['another coding', ['HTTP/1.1 200', 'transfer-encoding: gzip, chunked'], 'HPE_INVALID_TRANSFER_ENCODING'],
    ['chunks of HTTP/1.0', ['HTTP/1.0 200', 'transfer-encoding: chunked'], 'HPE_INVALID_TRANSFER_ENCODING'],
  ])('refuses %s', (_title, lines, code) => {
    expect(() => parseHead(head(...lines), false)).toThrow(expect.objectContaining({ code }));
  });
});

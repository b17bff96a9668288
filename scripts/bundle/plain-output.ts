import type { OutputOptions, Plugin } from 'rolldown';

const NOT_ASCII = /[^\p{ASCII}]/gu;

// Of a comment of several lines each begins with a star.
const LINE_OF_NOTICE = /^[\t ]*(?:\/\*!|\*|\/\/!).*$/gm;

/**
 * How a file of the bundle is written: as it was, line by line, but without the comments, a seventh of it, and in ASCII.
 * A single character beyond Latin-1 has V8 keep a whole file in two bytes for each character, and any beyond ASCII costs a slower decoder.
 */
export const PLAIN_OUTPUT = {
  // Some notices of authors are in no file beside the code.
  comments: { legal: true, jsdoc: false, annotation: false },
  minify: {
    compress: false,
    mangle: false,
    codegen: { removeWhitespace: false, asciiOnly: true, legalComments: 'inline' },
  },
} satisfies OutputOptions;

/** The code generator escapes what is code, and leaves the comments that stay as they are. */
export const asciiNotices: Plugin = {
  name: 'ascii-notices',
  renderChunk: (code) => ({
    code: code.replace(LINE_OF_NOTICE, (line) => line.replace(NOT_ASCII, escaped)),
    // No code is moved.
    map: null,
  }),
};

const escaped = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16)}}`;

/** Escapes, quoted runs and character classes are one token each, so that what is inside them is not taken for syntax. */
export const TOKEN = /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\[\^?\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*\]|[\s\S]/g;

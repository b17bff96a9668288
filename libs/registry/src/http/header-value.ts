const VISIBLE = /^[\x21-\x7e]+$/;

/** True for what can stand in a header as a whole: a token with a line end would begin another header. */
export const isHeaderValue = (text: string): boolean => VISIBLE.test(text);

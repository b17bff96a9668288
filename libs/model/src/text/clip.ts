/**
 * The beginning of a text that somebody else chose, for messages.
 *
 * @param limit - characters; what is cut away is told.
 */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit)}… (${text.length} characters)`;
}

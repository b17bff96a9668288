/** A replacement template, split: literal text, or a group by number or by name. */
export type TemplatePart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'name'; readonly name: string };

/** What stands for a group. */
export type GroupPart = Exclude<TemplatePart, { kind: 'literal' }>;

// A name is as long a run of letters, digits and underscores as there is, so $1x names the group "1x".
const VARIABLE = /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

// Go takes up to nine digits without leading zero for a number; anything else is a name.
const INDEX = /^(?:0|[1-9][0-9]{0,8})$/;

/**
 * Splits a template of Go's `Regexp.Expand`: `$1`, `${1}`, `$name`, `${name}`, `$$`; any other `$` is literal.
 *
 * @see https://pkg.go.dev/regexp#Regexp.Expand
 */
export function parseTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  const addLiteral = (text: string): void => {
    if (text !== '') parts.push({ kind: 'literal', text });
  };
  let end = 0;
  for (const match of template.matchAll(VARIABLE)) {
    addLiteral(template.slice(end, match.index));
    end = match.index + match[0].length;
    const name = match[2] ?? match[3];
    if (name === undefined) addLiteral('$');
    else if (INDEX.test(name)) parts.push({ kind: 'index', index: Number(name) });
    else parts.push({ kind: 'name', name });
  }
  addLiteral(template.slice(end));
  return parts;
}

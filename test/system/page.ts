/** What a page shows to be done, in its order. */
export type Step =
  | { readonly kind: 'config'; readonly yaml: string }
  | { readonly kind: 'command'; readonly words: readonly string[] };

/** Fenced YAML, and every line of the indented blocks, which hold commands; what stands behind ` # ` is a comment. */
export function stepsOf(markdown: string): Step[] {
  const pieces = markdown.matchAll(/^```yaml\n(?<yaml>[\s\S]*?)^```|^ {4}(?<line>\S.*)$/gm);
  return [...pieces].map(({ groups = {} }): Step => {
    const { yaml, line = '' } = groups;
    if (yaml !== undefined) return { kind: 'config', yaml };
    return { kind: 'command', words: line.split(/\s#\s/)[0]?.trim().split(/\s+/) ?? [] };
  });
}

/** What is wrong with a piece of rule text, for whoever knows where in the file it stands. */
export interface Flaw {
  /** One clause that goes on from the quoted rule, without a full stop. */
  readonly message: string;
  readonly hint?: string;
}

export type Parsed<T> = { readonly value: T } | { readonly flaw: Flaw };

export const flawed = (message: string, hint?: string): { readonly flaw: Flaw } => ({
  flaw: { message, ...(hint !== undefined && { hint }) },
});

/** Asked for leave before each request to a registry: repetitions, those that a redirect leads to and those for tokens included. */
export interface RequestGate {
  /**
   * @param request - where it goes: the registry by the operator's name for it, any other host by its own.
   * @param signal - of whoever wants the answer; absent: nothing can end the request early.
   * @returns when it may go; undefined: at once.
   * @throws the signal's reason, also in the promise.
   */
  pass(request: { readonly registry: string }, signal?: AbortSignal): Promise<void> | undefined;
}

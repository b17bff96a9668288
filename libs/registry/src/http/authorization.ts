/** What proves who asks, and the one place that it may be shown to. */
export interface Authorization {
  /** The header's value. */
  readonly value: string;
  /** Scheme, host and port of what the credentials belong to. */
  readonly origin: string;
}

/** The header for a URL as it is sent: nothing where the URL has left what the credentials belong to. */
export function authorizationHeader(
  url: URL,
  authorization: Authorization | undefined,
): { readonly authorization?: string } {
  return authorization?.origin === url.origin ? { authorization: authorization.value } : {};
}

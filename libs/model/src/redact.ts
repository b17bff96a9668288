const RULES: readonly (readonly [RegExp, string])[] = [
  // user:password@ in a URL: up to the last @ of the word, since passwords are written there as they are, but not
  // host:port/repository@digest
  [/([a-z][a-z0-9+.-]*:\/\/)(?!\[)[^\s/@:]*:(?!\d{1,5}\/\S*@sha\d{3}:)\S*@/gi, '$1***@'],
  // token@ in a URL
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+@/gi, '$1***@'],
  // Authorization header values
  [/\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi, '$1 ***'],
  // signed URLs of registries' blob stores, and token parameters
  [
    /([?&](?:x-amz-signature|x-amz-security-token|x-amz-credential|signature|sig|token|access_token|refresh_token|password|_state)=)[^&\s"']+/gi,
    '$1***',
  ],
  // JSON fields of token and login answers
  [
    /("(?:access_token|refresh_token|identitytoken|token|password|secret|auth)"\s*:\s*)"(?:[^"\\]|\\.)*(?:"|$)/gis,
    '$1"***"',
  ],
];

/** `text` without what looks like a credential: URL user info, authorization values, signed query parameters, token fields. */
export function redact(text: string): string {
  return RULES.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);
}

import { withoutUserInfo } from './user-info.ts';

// Each of them linear: no part can match in two ways, and every failure ends where the next try begins.
const RULES: readonly (readonly [RegExp, string])[] = [
  // Authorization header values
  [/\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi, '$1 ***'],
  // signed URLs of registries' blob stores, and token parameters
  [
    /([?&](?:x-amz-signature|x-amz-security-token|x-amz-credential|signature|sig|token|access_token|refresh_token|password|_state)=)[^&\s"']+/gi,
    '$1***',
  ],
  // JSON fields of token and login answers
  [
    /("(?:access_token|refresh_token|identitytoken|token|password|secret|auth)"\s*:\s*)"(?:[^"\\]|\\.)*(?:"|\\?$)/gis,
    '$1"***"',
  ],
];

/** `text` without what looks like a credential, at a cost that grows with its length alone. */
export const withoutCredentials = (text: string): string =>
  RULES.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), withoutUserInfo(text));

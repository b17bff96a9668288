import { SyncError } from '@regfleet/model';
import { z } from 'zod';

const entrySchema = z.object({
  /** base64 of `user:password`. */
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  /** An OAuth2 refresh token; takes the place of the password. */
  identitytoken: z.string().optional(),
  /** A token of the registry itself, as programs hand it to docker's API; it cannot be renewed. */
  registrytoken: z.string().optional(),
});

const fileSchema = z.object({
  auths: z.record(z.string(), entrySchema.nullable()).nullish(),
  credHelpers: z.record(z.string(), z.string()).nullish(),
  credsStore: z.string().nullish(),
});

export type AuthEntry = z.infer<typeof entrySchema>;

/** The part of docker's `config.json` and containers' `auth.json` that says who we are. */
export interface AuthFile {
  readonly path: string;
  readonly auths: ReadonlyMap<string, AuthEntry>;
  /** Helper name by registry host. */
  readonly credHelpers: ReadonlyMap<string, string>;
  /** The helper of every other host. */
  readonly credsStore?: string;
}

/** @throws {SyncError} `CREDENTIALS_INVALID`; the text itself is never quoted. */
export function parseAuthFile(path: string, text: string): AuthFile {
  const parsed = fileSchema.safeParse(parseJson(path, text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new SyncError('CREDENTIALS_INVALID', {
      message: `${path} is not a docker config file: ${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'invalid'}`,
      hint: 'write the file with docker login, podman login or skopeo login',
    });
  }
  const { auths, credHelpers, credsStore } = parsed.data;
  return {
    path,
    auths: new Map(Object.entries(auths ?? {}).map(([key, entry]) => [key, entry ?? {}])),
    credHelpers: new Map(Object.entries(credHelpers ?? {})),
    ...(credsStore && { credsStore }),
  };
}

function parseJson(path: string, text: string): unknown {
  // podman creates the file empty before it writes the first login.
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text around the mistake.
    throw new SyncError('CREDENTIALS_INVALID', {
      message: `${path} is not valid JSON`,
      hint: 'write the file with docker login, podman login or skopeo login',
    });
  }
}

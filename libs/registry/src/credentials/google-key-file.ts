import { SyncError } from '@regfleet/model';
import { z } from 'zod';
import { WatchedFile } from './watched-file.ts';

// https://google.aip.dev/auth/4110 and the AIPs it leads to
const schema = z.object({
  type: z.enum([
    'service_account',
    'authorized_user',
    'external_account',
    'external_account_authorized_user',
    'impersonated_service_account',
  ]),
});

/**
 * Google's library reports a broken file by quoting from it, or as a missing identity; this says first what is wrong.
 *
 * @throws {SyncError} `CREDENTIALS_INVALID`
 */
export async function checkGoogleKeyFile(path: string): Promise<void> {
  const file = await new WatchedFile(path, (text) => schema.safeParse(parseJson(text))).read();
  if (file?.success) return;
  const why = file === undefined ? 'does not exist' : 'is not a Google credentials file';
  throw new SyncError('CREDENTIALS_INVALID', {
    message: `google: GOOGLE_APPLICATION_CREDENTIALS: ${path} ${why}`,
    hint: 'give the path of a service-account key or of a workload identity configuration, as JSON',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

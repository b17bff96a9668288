import { parseJson, SyncError } from '@regfleet/model';
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
 * The file of a Google identity, another object after each change. Google's library reports a broken one by quoting from
 * it, or as a missing identity; reading this first says what is wrong.
 *
 * @throws {SyncError} `CREDENTIALS_INVALID` when it is read: always a value, or that.
 */
export function googleKeyFile(path: string): { read(): Promise<object> } {
  const file = new WatchedFile(path, (text) => schema.safeParse(parseJson(text)));
  return {
    async read() {
      const parsed = await file.read();
      if (parsed?.success) return parsed;
      const why = parsed === undefined ? 'does not exist' : 'is not a Google credentials file';
      throw new SyncError('CREDENTIALS_INVALID', {
        message: `google: GOOGLE_APPLICATION_CREDENTIALS: ${path} ${why}`,
        hint: 'give the path of a service-account key or of a workload identity configuration, as JSON',
      });
    },
  };
}

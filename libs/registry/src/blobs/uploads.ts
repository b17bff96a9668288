import { type Descriptor, sendsNothingAfter } from '@regfleet/model';
import type { Session } from '../session/session.ts';
import type { OpenContent } from './early-content.ts';
import { Intake } from './intake.ts';
import { Upload, type UploadOptions } from './upload.ts';
import type { AccountUploads } from './upload-notes.ts';

/** The uploads of one account to one registry. */
export class Uploads {
  readonly #session: Session;
  readonly #intake: Intake;
  readonly #noted: AccountUploads;

  constructor(session: Session, noted: AccountUploads) {
    this.#session = session;
    this.#noted = noted;
    this.#intake = new Intake(session.endpoint.transport.settings.now, session.findings);
  }

  async upload(
    repository: string,
    blob: Descriptor,
    content: OpenContent,
    options: UploadOptions = {},
  ): Promise<void> {
    const upload = new Upload(this.#session, this.#intake, { repository, blob, content, options });
    const note = this.#noted.follow(repository, () => upload.location);
    try {
      await upload.run();
    } finally {
      note.stop(sendsNothingAfter(options.signal));
    }
  }
}

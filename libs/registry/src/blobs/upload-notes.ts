import { isRepositoryName } from '@regfleet/model';
import { pushScope } from '../auth/scope.ts';
import type { LeftUpload, UploadNotes } from '../contract.ts';
import type { Session } from '../session/session.ts';
import { endUpload } from './upload-end.ts';
import type { UploadSeal } from './upload-seal.ts';

// Longer than what any registry gives its uploads.
const MOST_LOCATION = 4_000;

/** A note while its upload goes on. */
export interface NotedUpload {
  /** @param isLeft - true: others are to find the note, since the upload could not be ended. */
  stop(isLeft: boolean): void;
}

const UNNOTED: NotedUpload = { stop: () => undefined };

/** Notes of the uploads of one account, so that others can end those of a process that died. */
export class AccountUploads {
  readonly #session: Session;
  readonly #seal: UploadSeal;
  readonly #notes: UploadNotes | undefined;

  constructor(session: Session, seal: UploadSeal, notes: UploadNotes | undefined) {
    this.#session = session;
    this.#seal = seal;
    this.#notes = notes;
  }

  /** Notes an upload that lasts, and that it still does. @param location - where it is by now; absent: nowhere. */
  follow(repository: string, location: () => string | undefined): NotedUpload {
    const notes = this.#notes;
    if (notes === undefined) return UNNOTED;
    let isOver = false;
    let noted: { readonly of: string; readonly note: string } | undefined;
    const drop = (): void => {
      if (noted !== undefined) notes.drop(noted.note);
      noted = undefined;
    };
    const look = async (): Promise<void> => {
      const current = location();
      if (noted?.of !== current) {
        drop();
        const note = current === undefined ? undefined : await this.#note(repository, current);
        if (isOver || location() !== current) return;
        if (note !== undefined && current !== undefined) noted = { of: current, note };
      }
      if (noted !== undefined) notes.keep(noted.note);
    };
    const next = (afterMs: number): NodeJS.Timeout =>
      setTimeout(async () => {
        // Credentials that cannot be had are told by the upload itself.
        await look().catch(() => undefined);
        if (!isOver) timer = next(notes.leaseMs / LOOKS);
      }, afterMs).unref();
    let timer = next(notes.leaseMs / SHORT);
    return {
      stop(isLeft) {
        isOver = true;
        clearTimeout(timer);
        if (!isLeft) drop();
      },
    };
  }

  async left(note: string): Promise<LeftUpload | undefined> {
    const [place = '', sealed = '', ...others] = note.split(' ');
    const root = `${this.#session.registry}/`;
    const repository = place.slice(root.length);
    if (!place.startsWith(root) || !isRepositoryName(repository) || others.length > 0) return undefined;
    const location = await this.#seal.open(repository, sealed);
    if (location === undefined || !isUploadOf(repository, location)) return undefined;
    return { end: () => endUpload(this.#session, location, this.#request(repository)) };
  }

  #request(repository: string) {
    return {
      scopes: [pushScope(repository)],
      subject: 'upload',
      reference: `${this.#session.registry}/${repository}`,
    } as const;
  }

  async #note(repository: string, location: string): Promise<string | undefined> {
    if (location.length > MOST_LOCATION || !isUploadOf(repository, location)) return undefined;
    const sealed = await this.#seal.seal(repository, location);
    return sealed && `${this.#session.registry}/${repository} ${sealed}`;
  }
}

// Of a lease: before the first note, so that small blobs cost nothing; and how often it is renewed.
const SHORT = 30;
const LOOKS = 4;

/** True for what lies where the specification has uploads; elsewhere a DELETE may mean anything. */
function isUploadOf(repository: string, location: string): boolean {
  const root = `/v2/${repository}/blobs/uploads/`;
  if (!location.startsWith(root)) return false;
  const { origin, pathname } = new URL(location, ORIGIN);
  return origin === ORIGIN && pathname.startsWith(root) && pathname.length > root.length;
}

const ORIGIN = 'https://registry.invalid';

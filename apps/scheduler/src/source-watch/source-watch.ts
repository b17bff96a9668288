import type { Task } from '@regfleet/config';
import type { SourceChanges, SourceNote, SourceNotes } from '@regfleet/fleet';
import {
  clip,
  formatReference,
  isRepositoryName,
  type Logger,
  makeReference,
  toSyncError,
} from '@regfleet/model';
import { choosesRepository, type MovedTag, type PlanEntry, type RepositoryPair } from '@regfleet/planner';
import { SourceBook } from './source-book.ts';
import { isTold, isWholeVersion, sourceState } from './source-state.ts';

type Entry<Kind extends PlanEntry['kind']> = Extract<PlanEntry, { kind: Kind }>;
type Found = Omit<SourceNote, 'sinceMs'>;

/** A repository whose entries are coming. */
interface Repository {
  readonly name: string;
  /** Under what its tags are kept. */
  readonly key: string;
  /** True: the source has listed its tags. */
  readonly isListed: boolean;
  /** True: it was in a list of repositories. */
  readonly isFound: boolean;
  readonly chosen: string[];
  readonly others: Set<string>;
}

const nameOf = ({ source }: RepositoryPair): string => formatReference(makeReference(source));

const repositoryOf = (key: string): string => key.split(' ')[0] ?? '';

// One event, and not a line for each tag of a repository that is being cleared.
const MOST_LINES = 20;

// A longer one is told by its beginning.
const MOST_PATTERN = 500;

/**
 * Notes what has vanished from the source of a task, or has moved there, from the entries of its comparison in their order.
 *
 * A tag that is asked about tells by its answer. Of one that a filter chose from a list nobody hears once it is in there no more: so
 * what was chosen is kept for each repository, and compared with what is listed. What cannot be kept is told of by the log alone: no
 * run fails for its notes.
 */
export class SourceWatch {
  readonly isOfSource = true;
  readonly #task: Task;
  readonly #store: SourceNotes;
  readonly #logger: Logger;
  readonly #book: SourceBook;
  readonly #seen = new Set<string>();
  /** Mappings of which nobody knows which repositories they choose now. */
  readonly #unlisted = new Set<string>();
  #current: Repository | undefined;
  #lines = 0;

  private constructor(
    task: Task,
    store: SourceNotes,
    { book, logger }: { book: SourceBook; logger: Logger },
  ) {
    this.#task = task;
    this.#store = store;
    this.#logger = logger;
    this.#book = book;
  }

  static async open(task: Task, store: SourceNotes, logger: Logger): Promise<SourceWatch | undefined> {
    try {
      return new SourceWatch(task, store, { book: new SourceBook(await store.list(task.id)), logger });
    } catch (error) {
      logger.debug({ error: toSyncError(error) }, 'what has vanished is not looked for in this run');
      return undefined;
    }
  }

  async see(entry: PlanEntry): Promise<void> {
    if (entry.kind === 'repository') {
      await this.#endRepository();
      this.#beginRepository(entry);
    } else if (entry.kind === 'image') this.#seeImage(entry);
    else if (entry.kind === 'dropped') this.#seeDropped(entry);
    else if (entry.kind === 'failure') this.#seeFailure(entry);
    else if (entry.isEmpty === true) this.#note(this.#listing(entry.mapping, 'empty'));
  }

  /** @param isComplete - of all that the task chooses it could be told what the source has. */
  async end(isComplete: boolean): Promise<void> {
    await this.#endRepository();
    await this.#tolerant(async () => {
      const forgotten = await this.#missedRepositories();
      this.#book.end(isComplete, (note) => this.#isOurs(note));
      await this.#write({ ...this.#book.changes(), forgotten });
    });
  }

  #beginRepository({ mapping: path, pair, listed }: Entry<'repository'>): void {
    const mapping = this.#mapping(path);
    const isListed = mapping?.tags.needsListing === true;
    const isFound = mapping?.from.kind === 'regex';
    const name = nameOf(pair);
    this.#current = { name, key: this.#keyOf(pair), isListed, isFound, chosen: [], others: new Set() };
    const listing = this.#listing(path, 'empty');
    if (listing !== undefined) this.#book.isThere('listing', listing.name);
    if (isListed && listed === 0) this.#note({ subject: 'repository', name, state: 'empty' });
    else if (isListed || isFound) this.#book.isThere('repository', name);
  }

  /** Of a pair that several mappings choose each has its own. */
  #keyOf({ source, target }: RepositoryPair): string {
    const key = `${source.repository} ${target.repository}`;
    let nth = key;
    for (let turn = 2; this.#seen.has(nth); turn += 1) nth = `${key} ${turn}`;
    this.#seen.add(nth);
    return nth;
  }

  #seeImage({ request: { source }, drift }: Entry<'image'>): void {
    const name = formatReference(source);
    const { error, sourceDigest, movedFrom, isRemembered } = drift;
    const state = error && sourceState(error);
    if (state !== undefined) this.#note({ subject: 'tag', name, state });
    if (state !== 'gone' && source.tag !== undefined) this.#current?.chosen.push(source.tag);
    if (sourceDigest === undefined || isRemembered === true) return;
    this.#book.isThere('tag', name);
    // The way back is a move, too, by what was copied in between.
    if (this.#book.names(name, sourceDigest)) return;
    if (movedFrom !== undefined) this.#seeMoved({ source, was: movedFrom });
  }

  #seeDropped({ tag, moved }: { readonly tag: string; readonly moved?: MovedTag | undefined }): void {
    this.#current?.others.add(tag);
    if (moved !== undefined) this.#seeMoved(moved);
  }

  #seeMoved({ source, was }: MovedTag): void {
    if (isWholeVersion(source.tag ?? ''))
      this.#note({ subject: 'tag', name: formatReference(source), state: 'moved', was });
  }

  #seeFailure({ mapping, error, pair, tag, moved }: Entry<'failure'>): void {
    if (tag !== undefined) this.#seeDropped({ tag, moved });
    else if (pair !== undefined) this.#keyOf(pair);
    else if (!isTold(error)) this.#unlisted.add(mapping);
    const state = sourceState(error);
    if (tag !== undefined || state === undefined) return;
    this.#note(pair ? { subject: 'repository', name: nameOf(pair), state } : this.#listing(mapping, state));
  }

  async #endRepository(): Promise<void> {
    const repository = this.#current;
    this.#current = undefined;
    if (repository === undefined) return;
    const { key, isListed, isFound, chosen, others } = repository;
    // An empty list is told as one, and may be full again: what was in it is known until then.
    const isKnown = isListed ? chosen.length + others.size > 0 : isFound;
    if (!isKnown) return;
    await this.#tolerant(async () => {
      const before = await this.#store.chosenTags(this.#task.id, key);
      if (isListed) this.#compareLists(repository, before ?? []);
      const tags = isListed ? chosen : [];
      const changes = this.#book.changes();
      const isSame = before?.join('\n') === tags.join('\n');
      if (isSame && changes.notes.length + changes.dropped.length === 0) return;
      await this.#write({ ...changes, ...(!isSame && { chosen: { repository: key, tags } }) });
    });
  }

  /** What was chosen at the last look, and is neither chosen nor left out by now, is gone. */
  #compareLists({ name, chosen, others }: Repository, before: readonly string[]): void {
    const known = new Set(chosen);
    const isListed = (tag: string): boolean => known.has(tag) || others.has(tag);
    for (const note of this.#book.notes) {
      if (note.isByList !== true || !note.name.startsWith(`${name}:`)) continue;
      if (isListed(note.name.slice(name.length + 1))) this.#book.isThere('tag', note.name);
    }
    for (const tag of before)
      if (!isListed(tag))
        this.#note({ subject: 'tag', name: `${name}:${tag}`, state: 'gone', isByList: true });
  }

  /**
   * Repositories that were chosen and did not come up, also in part of a comparison: no longer listed, or none of the task any more.
   *
   * @returns all of them.
   */
  async #missedRepositories(): Promise<string[]> {
    // The planning itself has ended.
    if (this.#unlisted.has('')) return [];
    const known = await this.#store.chosenRepositories(this.#task.id);
    const missed = known.filter((key) => !this.#seen.has(key) && !this.#mayBeListed(repositoryOf(key)));
    const { host: registry } = this.#task.source.registry;
    const come = new Set([...this.#seen].map(repositoryOf));
    for (const repository of new Set(missed.map(repositoryOf))) {
      if (come.has(repository) || !isRepositoryName(repository) || !this.#chooses(repository)) continue;
      const name = formatReference(makeReference({ registry, repository }));
      this.#note({ subject: 'repository', name, state: 'gone', isByList: true });
    }
    return missed;
  }

  /** Whether the task would choose it, if it were there as it was. */
  #isOurs({ subject, name }: SourceNote): boolean {
    const path = name.slice(this.#task.source.registry.host.length + 1);
    if (subject !== 'tag') return this.#chooses(path);
    const colon = path.lastIndexOf(':');
    return this.#chooses(path.slice(0, colon), path.slice(colon + 1));
  }

  #chooses(repository: string, tag?: string): boolean {
    return this.#task.mappings.some(
      (mapping) =>
        choosesRepository(this.#task, mapping, repository) &&
        (tag === undefined || mapping.tags.admits({ source: { tag }, target: { tag } })),
    );
  }

  #mayBeListed(repository: string): boolean {
    return [...this.#unlisted].some((path) => {
      const mapping = this.#mapping(path);
      return mapping !== undefined && choosesRepository(this.#task, mapping, repository);
    });
  }

  #listing(path: string, state: SourceNote['state']): Found | undefined {
    const from = this.#mapping(path)?.from;
    if (from?.kind !== 'regex') return undefined;
    const pattern = clip(from.pattern, MOST_PATTERN);
    return { subject: 'listing', name: `regex:${pattern} of ${this.#task.source.registry.text}`, state };
  }

  #mapping(path: string): Task['mappings'][number] | undefined {
    return this.#task.mappings.find((mapping) => mapping.path === path);
  }

  #note(found: Found | undefined): void {
    if (found === undefined || !this.#book.note(found)) return;
    this.#lines += 1;
    if (this.#lines > MOST_LINES) return;
    const { subject, name, state } = found;
    this.#logger.warn({ subject, name, state }, 'the source is not as it was');
  }

  /** What could not be written is written with what comes next. */
  async #write(changes: SourceChanges): Promise<void> {
    await this.#store.write(this.#task.id, changes);
    this.#book.written(changes);
  }

  async #tolerant(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#logger.debug({ error: toSyncError(error) }, 'what has vanished could not be noted');
    }
  }
}

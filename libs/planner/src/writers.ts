import { manifestName, type Reference } from '@regfleet/model';

type Repository = Pick<Reference, 'registry' | 'repository'>;

interface Written {
  /** How many are still to write the repository, whoever does at the moment included. */
  writers: number;
  /** Tag or digest -> the mapping that writes it. */
  readonly names: Map<string, string>;
}

/**
 * Which mapping writes what at the target.
 *
 * Remembers the names of a repository only until its last writer has finished, so that a task whose repositories have one
 * writer each costs no more than the tags of one repository.
 */
export class Writers {
  readonly #repositories = new Map<string, Written>();

  /** Someone will write the repository; `finish` must follow. All are expected before the first one claims anything. */
  expect(repository: Repository): void {
    const known = this.#repositories.get(keyOf(repository));
    if (known !== undefined) known.writers += 1;
    else this.#repositories.set(keyOf(repository), { writers: 1, names: new Map() });
  }

  /** @returns who writes the image before `mapping` does; absent: nobody, it is now `mapping`'s. */
  claim(image: Reference, mapping: string): string | undefined {
    const names = this.#repositories.get(keyOf(image))?.names;
    const name = manifestName(image);
    const writer = names?.get(name);
    if (writer === undefined) names?.set(name, mapping);
    return writer;
  }

  /** How many names are remembered. */
  get size(): number {
    return [...this.#repositories.values()].reduce((sum, { names }) => sum + names.size, 0);
  }

  finish(repository: Repository): void {
    const written = this.#repositories.get(keyOf(repository));
    if (written === undefined) return;
    written.writers -= 1;
    if (written.writers === 0) this.#repositories.delete(keyOf(repository));
  }
}

const keyOf = ({ registry, repository }: Repository): string => `${registry}/${repository}`;

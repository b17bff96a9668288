import {
  type NoteChange,
  type OutageNote,
  type OutageNotes,
  type OutageSubject,
  steadyNowMs,
  subjectName,
} from '@regfleet/fleet';

export class LocalOutageNotes implements OutageNotes {
  readonly #notes = new Map<string, { readonly registry: string; readonly note: OutageNote }>();

  async change<Result>(subject: OutageSubject, change: NoteChange<Result>): Promise<Result> {
    const name = subjectName(subject);
    const { note, result } = change(this.#notes.get(name)?.note ?? {}, Math.round(steadyNowMs()));
    this.#notes.set(name, { registry: subject.registry, note });
    return result;
  }

  async keepOnly(isNamed: (registry: string) => boolean): Promise<void> {
    for (const [name, { registry }] of this.#notes) if (!isNamed(registry)) this.#notes.delete(name);
  }
}

import type { RelayName } from '@regfleet/model';
import type { Report } from '../report.ts';
import type { SectionField } from '../schema/field.ts';

/** What a config says to one relay: a section at the top of the file, named like the relay. */
export interface RelayConfig<File, Settings> {
  readonly section: SectionField;
  /**
   * What the relay is opened with.
   *
   * @param file - the keys at the top of the file.
   */
  read(file: File, context: RelayContext): Settings;
  /** Checks what only matters where the relay is used. */
  checkUse?(file: File, context: RelayContext): void;
}

export interface RelayContext {
  readonly report: Report;
  /** The relay of tasks that name none. */
  readonly relay: RelayName;
}

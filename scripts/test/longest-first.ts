import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { ROOT } from '../check/run.ts';
import { LONGEST } from './longest.ts';

/** The longest first, and last those of which nearly all are short. */
const PROJECTS: readonly string[] = ['system', 'alone', 'unit', 'component'];

/** What takes longest begins first; the rest in the order of vitest, which knows sizes alone in a fresh clone. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    // A project in one go: its workers are kept for as long as files of it follow.
    return sorted.sort(
      (a, b) =>
        placeIn(PROJECTS, a.project.name) - placeIn(PROJECTS, b.project.name) ||
        placeIn(LONGEST, fileOf(a)) - placeIn(LONGEST, fileOf(b)),
    );
  }
}

/** What is not listed comes last. */
const placeIn = (list: readonly string[], name: string): number =>
  list.includes(name) ? list.indexOf(name) : list.length;

const fileOf = ({ moduleId }: TestSpecification): string => relative(ROOT, moduleId);

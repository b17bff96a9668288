import { compare } from '../compare.ts';
import { regfleetSync } from '../contenders/regfleet.ts';
import { serialSkopeoCopy, skopeoSync } from '../contenders/skopeo.ts';
import { fasterThan } from '../targets.ts';
import { numbered } from './numbered.ts';
import { twoHeadsPerTag } from './request-targets.ts';
import type { Workload } from './workload.ts';

const FILLS = [{ repository: 'bench/unchanged', tags: numbered('v', 1000) }];

export const unchanged: Workload = {
  name: 'd',
  title: '1,000 tags that the target holds already',
  measure: (run) =>
    compare({ fills: FILLS, targetFills: FILLS }, [regfleetSync(), skopeoSync, serialSkopeoCopy], run),
  targets: (measured) => [
    fasterThan(measured, 'skopeo sync', 10),
    fasterThan(measured, 'serial skopeo copy', 15),
    twoHeadsPerTag(measured),
  ],
};

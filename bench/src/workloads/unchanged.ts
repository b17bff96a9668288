import { makeIndex, type RepositoryFill } from '@regfleet/harness';
import { compare } from '../compare.ts';
import { regfleetSync } from '../contenders/regfleet.ts';
import { serialSkopeoCopy, skopeoSync } from '../contenders/skopeo.ts';
import type { Measurements } from '../result.ts';
import { fasterThan, type Target } from '../targets.ts';
import { numbered } from './numbered.ts';
import { twoHeadsPerTag } from './request-targets.ts';
import type { Workload } from './workload.ts';

const TAGS = numbered('v', 1000);
const ARCHITECTURES = ['amd64', 'arm64', 's390x'];

/** What most public images are: one tag for several platforms. */
export const unchanged: Workload = {
  name: 'd',
  title: '1,000 tags of three platforms that the target holds already',
  measure: (run) => compare(inSync(PLATFORMS), [regfleetSync(), skopeoSync, serialSkopeoCopy], run),
  targets,
};

/** The same for images of one platform, of which skopeo has less to look at. */
export const unchangedSingle: Workload = {
  name: 'd-single',
  title: '1,000 tags of one platform that the target holds already',
  measure: (run) =>
    compare(
      inSync({ repository: 'bench/single', tags: TAGS }),
      [regfleetSync(), skopeoSync, serialSkopeoCopy],
      run,
    ),
  targets,
};

function targets(measured: Measurements): readonly Target[] {
  return [
    fasterThan(measured, 'skopeo sync', 10),
    fasterThan(measured, 'serial skopeo copy', 15),
    twoHeadsPerTag(measured),
  ];
}

const PLATFORMS: RepositoryFill = {
  repository: 'bench/platforms',
  tags: TAGS,
  image: (tag) =>
    makeIndex(
      ARCHITECTURES.map((architecture) => ({
        format: 'oci',
        platform: { os: 'linux', architecture },
        layers: [`base ${architecture}`, tag],
      })),
    ),
};

const inSync = (fill: RepositoryFill) => ({ fills: [fill], targetFills: [fill] });

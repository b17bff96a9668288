import { silentLogger } from '@regfleet/model';
import { openRelay } from '../index.ts';
import { describeRelay } from '../relay.contract.ts';

const options = { skopeo: { binary: 'skopeo', certsDir: '/nonexistent' } };

describeRelay('direct', () => openRelay('direct', options, { logger: silentLogger }));

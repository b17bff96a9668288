import { silentLogger } from '@regfleet/model';
import { describeIdentityTokens } from '../identity-token.contract.ts';
import { openRelay } from '../index.ts';
import { describeRelay } from '../relay.contract.ts';

const options = { skopeo: { binary: 'skopeo', certsDir: '/nonexistent' } };
const open = () => openRelay('direct', options, { logger: silentLogger });

describeRelay('direct', open);
describeIdentityTokens('direct', open);

import { silentLogger } from '@regfleet/model';
import { describeIdentityTokens } from '../identity-token.contract.ts';
import { openRelay } from '../index.ts';
import { describeReferrersOf } from '../referrers.contract.ts';
import { describeRelay } from '../relay.contract.ts';
import { describeTagRulesOf } from '../tag-rules.contract.ts';

const open = () => openRelay('direct', {}, { logger: silentLogger });

describeRelay('direct', open);
describeReferrersOf('direct', open);
describeTagRulesOf('direct', open);
describeIdentityTokens('direct', open);

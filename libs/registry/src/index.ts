export type * from './contract.ts';
export { homeFolder } from './credentials/home-folder.ts';
export { IMMUTABLE_HINT, saysFull, saysImmutable } from './errors/refusals.ts';
export { exhausted } from './http/exhausted.ts';
export type { RequestGate } from './http/request-gate.ts';
export { type Webhook, Webhooks } from './http/webhooks.ts';
export type { ListingCache } from './listers/listings.ts';
export { listAnchors } from './lists/anchors.ts';
export {
  type Belongings,
  type BelongingsQuestion,
  findBelongings,
  subjectsOf,
} from './referrers/belongings.ts';
export { createRegistries, type RegistriesOptions } from './registries.ts';

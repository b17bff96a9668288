export { admitsCopy, admittingMapping } from './admits.ts';
export { ContentCheck, type ContentProblem, type ContentState } from './content-check.ts';
export type {
  Drift,
  DriftRecords,
  DriftState,
  MovedTag,
  PlanEntry,
  PlannedTask,
  PlanOptions,
  PlanPorts,
  RepositoryPair,
} from './contract.ts';
export { addSizes, CopySize, type ImageSize, NO_SIZE } from './copy-size.ts';
export { type HoldWaits, heldPorts } from './held-ports.ts';
export { checkOntoItself } from './onto-itself.ts';
export { type PortWaits, patientPorts } from './patient-ports.ts';
export { planTask } from './plan.ts';
export { planImage } from './plan-image.ts';
export { choosesRepository, mappedRepositories } from './repositories.ts';
export { TargetAnchors } from './target-anchors.ts';
export { type TargetPlan, targetPlans } from './target-plans.ts';

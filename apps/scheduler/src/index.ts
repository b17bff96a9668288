export { scheduleSpecs } from './leader-tasks.ts';
export { openCopies } from './open-copies.ts';
export type { PlanListener } from './plan-listener.ts';
export { type Scheduler, type SchedulerOptions, startScheduler } from './scheduler.ts';

import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { cancelCommand } from './cancel.ts';
import { checkCommand } from './check.ts';
import { configCommand } from './config.ts';
import { convertCommand } from './convert.ts';
import { copyCommand } from './copy.ts';
import { enqueueCommand } from './enqueue.ts';
import { jobsCommand } from './jobs.ts';
import { loginCheckCommand } from './login-check.ts';
import { pauseCommand } from './pause.ts';
import { planCommand } from './plan.ts';
import { resumeCommand } from './resume.ts';
import { retryCommand } from './retry.ts';
import { runsCommand } from './runs.ts';
import { schedulerCommand } from './scheduler.ts';
import { schemaCommand } from './schema.ts';
import { statusCommand } from './status.ts';
import { syncCommand } from './sync.ts';
import { upCommand } from './up.ts';
import { validateCommand } from './validate.ts';
import { whyCommand } from './why.ts';
import { workerCommand } from './worker.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly ((parent: Command, context: CommandContext) => void)[] = [
  validateCommand,
  configCommand,
  schemaCommand,
  convertCommand,
  loginCheckCommand,
  planCommand,
  whyCommand,
  checkCommand,
  syncCommand,
  upCommand,
  schedulerCommand,
  workerCommand,
  enqueueCommand,
  copyCommand,
  runsCommand,
  jobsCommand,
  statusCommand,
  cancelCommand,
  retryCommand,
  pauseCommand,
  resumeCommand,
];

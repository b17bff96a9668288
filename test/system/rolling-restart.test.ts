import { describe, it } from 'vitest';
import { DEADLINE_MS, rollingRestart } from './rolling-restart.ts';

describe('system/rolling-restart', () => {
  it(
    'ends a run of 300 images exactly while every process is replaced by one of another config',
    {
      timeout: DEADLINE_MS,
    },
    () => rollingRestart(300),
  );
});

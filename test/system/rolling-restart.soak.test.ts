import { describe, it } from 'vitest';
import { DEADLINE_MS, rollingRestart } from './rolling-restart.ts';

describe('soak/rolling-restart', () => {
  it(
    'ends a run of 1,000 images exactly while every process is replaced by one of another config',
    {
      timeout: DEADLINE_MS,
    },
    () => rollingRestart(1_000),
  );
});

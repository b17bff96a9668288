// After `npm ci`: whoever installs a clone has the command that starts fastest.
import { provideBundle } from './setup/bundle.mjs';
import { run, say } from './setup/run.mjs';

provideBundle({ run, say });

import { forgetSecrets } from '@regfleet/model';

// Runs before each file, also where files share a process.
forgetSecrets();

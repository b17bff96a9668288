import { makeBundle } from './bundle/make-bundle.ts';

await makeBundle();

import { Pool } from 'undici';
import type { Carrier } from './carrier.ts';

/** Connections to an origin as undici keeps them. Loaded when the first is made: half of a start is not too little for it. */
export const createPool = (origin: string, options: Pool.Options): Carrier => new Pool(origin, options);

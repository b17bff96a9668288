/** Every registry has it, and it is about no repository. */
export const BASE_PATH = '/v2/';

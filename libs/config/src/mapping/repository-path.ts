/** `/name` for `name`; nothing else is changed. Target rules are applied to this form. */
export const rooted = (name: string): string => (name.startsWith('/') ? name : `/${name}`);

/** A repository as registries name it: no leading slash, no empty parts. A trailing slash stays, for the reference's check to refuse. */
export const toRepository = (path: string): string => path.replace(/\/{2,}/g, '/').replace(/^\//, '');

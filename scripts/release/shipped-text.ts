import { posix } from 'node:path';

const LINK = /\[([^\]]+)\]\(([^)\s#]*)(#[^)\s]*)?\)/g;

/**
 * A Markdown page of the repository as it is shipped: without the links to files that are not.
 *
 * @param file - of the page, from the root of the repository.
 */
export function shippedPage(page: string, file: string, shipped: ReadonlySet<string>): string {
  return page.replace(LINK, (link, text: string, target: string) => {
    const isElsewhere = target === '' || /^[a-z]+:/.test(target);
    return isElsewhere || shipped.has(posix.join(posix.dirname(file), target)) ? link : text;
  });
}

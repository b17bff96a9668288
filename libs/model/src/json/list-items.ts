import { endOfString } from './parse-json.ts';

/** Where the elements of a list stand in a text: from the first character of each to the one behind its last. */
export type ItemRange = readonly [from: number, to: number];

/**
 * Finds the elements of the list that a key of a JSON object has, each with its place, so that some can be taken out and all
 * else stays as it is written.
 *
 * @param json - parses as JSON.
 * @returns absent: it is no object with that key once, in whatever case, or the key has no list.
 */
export function listItems(json: string, key: string): ItemRange[] | undefined {
  const scan = new Scan(json);
  if (scan.token() !== '{') return undefined;
  // Some readers take a name for the same whatever its letters' case.
  const lists = entriesOf(scan).filter(({ name }) => name.toLowerCase() === key.toLowerCase());
  const [list, ...more] = lists;
  if (list?.name !== key || more.length > 0) return undefined;
  return elementsOf(new Scan(json, list.at));
}

function entriesOf(scan: Scan): { readonly name: string; readonly at: number }[] {
  const entries: { name: string; at: number }[] = [];
  for (let next = scan.token(); next !== '}' && next !== ''; next = scan.token()) {
    if (next === ',') continue;
    const name = String(JSON.parse(next));
    scan.token();
    entries.push({ name, at: scan.at });
    scan.value();
  }
  return entries;
}

function elementsOf(scan: Scan): ItemRange[] | undefined {
  if (scan.token() !== '[') return undefined;
  const items: ItemRange[] = [];
  while (scan.peek() !== ']') {
    if (scan.peek() === ',') scan.token();
    items.push(scan.value());
  }
  return items;
}

// A number or word, or one mark.
const TOKEN = /[^\s[\]{},:"]+|[[\]{},:]/y;

/** Tokens of a JSON text, one after the other. */
class Scan {
  readonly #json: string;
  at: number;

  constructor(json: string, at = 0) {
    this.#json = json;
    this.at = at;
  }

  /** Empty: there is none. */
  token(): string {
    const from = this.#skipBlanks();
    if (this.#json.charAt(from) === '"') this.at = endOfString(this.#json, from) + 1;
    else {
      TOKEN.lastIndex = from;
      this.at += TOKEN.exec(this.#json)?.[0].length ?? 0;
    }
    return this.#json.slice(from, this.at);
  }

  peek(): string {
    return this.#json.charAt(this.#skipBlanks());
  }

  /** Passes a whole value. */
  value(): ItemRange {
    const from = this.#skipBlanks();
    let depth = 0;
    do {
      const token = this.token();
      if (token === '') break;
      if (token === '[' || token === '{') depth += 1;
      if (token === ']' || token === '}') depth -= 1;
    } while (depth > 0);
    return [from, this.at];
  }

  #skipBlanks(): number {
    while (/\s/.test(this.#json.charAt(this.at))) this.at += 1;
    return this.at;
  }
}

/** The text without some elements of a list, each gone with what stands between it and the one before. */
export function withoutItems(
  json: string,
  items: readonly ItemRange[],
  isKept: (index: number) => boolean,
): string {
  const [first] = items;
  const last = items.at(-1);
  if (first === undefined || last === undefined) return json;
  let text = json.slice(0, first[0]);
  let isFirst = true;
  for (const [index, [from, to]] of items.entries()) {
    if (!isKept(index)) continue;
    const [, before = from] = items[index - 1] ?? [];
    text += json.slice(isFirst ? from : before, to);
    isFirst = false;
  }
  return text + json.slice(last[1]);
}

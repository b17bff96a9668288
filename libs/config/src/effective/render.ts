import { Document, isCollection, isNode, YAMLMap, YAMLSeq } from 'yaml';
import type { Field, Fields } from '../schema/field.ts';
import { pathOf } from '../yaml/sourced.ts';
import { type Leaf, type Leaves, shown } from './leaf.ts';
import type { Written } from './written.ts';

export interface Shape {
  readonly fields: Fields;
  readonly leaves: Leaves;
  readonly names: Written['names'];
  /** What is said behind a value. */
  comment(path: string, leaf: Leaf): string;
}

/** The values as a file of ours, in the order of the schema, one comment behind each. */
export function renderYaml(shape: Shape, heading: string): { yaml: string; config: unknown } {
  const document = new Document();
  document.contents = new Renderer(document, shape).section(shape.fields, '');
  document.commentBefore = heading;
  return { yaml: document.toString({ lineWidth: 0 }), config: document.toJS() };
}

class Renderer {
  readonly #document: Document;
  readonly #shape: Shape;

  constructor(document: Document, shape: Shape) {
    this.#document = document;
    this.#shape = shape;
  }

  section(fields: Fields, path: string): YAMLMap {
    const map = new YAMLMap();
    for (const [key, field] of Object.entries(fields)) {
      const value = this.#value(field, pathOf(path, key));
      if (value !== undefined) map.add({ key, value });
    }
    return map;
  }

  #value(field: Field, path: string): unknown {
    const leaf = this.#shape.leaves.get(path);
    if (leaf !== undefined) return this.#leaf(path, leaf);
    if (field.kind === 'section') return unlessEmpty(this.section(field.fields, path));
    if (field.kind === 'list' && field.item.kind === 'section') return this.#list(field.item.fields, path);
    if (field.kind !== 'dictionary' || field.item.kind !== 'section') return undefined;
    const map = new YAMLMap();
    for (const key of this.#shape.names.get(path) ?? [])
      map.add({ key, value: this.section(field.item.fields, `${path}.${key}`) });
    return unlessEmpty(map);
  }

  #list(fields: Fields, path: string): YAMLSeq | undefined {
    const list = new YAMLSeq();
    for (let item = this.section(fields, `${path}[0]`); item.items.length > 0; ) {
      list.add(item);
      item = this.section(fields, `${path}[${list.items.length}]`);
    }
    return unlessEmpty(list);
  }

  #leaf(path: string, leaf: Leaf): unknown {
    const node = this.#document.createNode(shown(leaf.value));
    if (isCollection(node)) node.flow = true;
    if (isNode(node)) node.comment = ` ${this.#shape.comment(path, leaf)}`;
    return node;
  }
}

const unlessEmpty = <T extends YAMLMap | YAMLSeq>(node: T): T | undefined =>
  node.items.length === 0 ? undefined : node;

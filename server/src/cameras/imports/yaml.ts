import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { invalid } from '../../kernel/index.ts';

/** A value of a YAML text; an alias is the very object that it names, so that nothing is ever copied out. */
export type Yaml = string | number | boolean | null | Yaml[] | YamlMap;

/** A map with the lines on which its keys stand. */
export class YamlMap extends Map<string, Yaml> {
  readonly lines = new Map<string, number>();
}

const MAX_DEPTH = 40;
/** Keys taken over from other maps (`<<`), all together. */
const MAX_MERGED = 20_000;
const MAX_KEY = 200;
const FIELD = 'text';

/**
 * Reads YAML that strangers wrote. What costs is bounded: depth, merged keys; aliases cost nothing, for they stay
 * references. Tags of a program's own types are text. Throws INVALID_CONFIGURATION with the line.
 */
export function readYaml(text: string): Yaml {
  const lines = new LineCounter();
  const document = parsed(text, lines);
  const [error] = document.errors;
  if (error) {
    const { line } = lines.linePos(error.pos[0]);
    throw invalid(FIELD, `line ${line}: this is no YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`);
  }
  return new Reader(lines).value(document.contents, 0);
}

function parsed(text: string, lineCounter: LineCounter): Document {
  try {
    // Comparing each key with every other one, and wording each error, would take minutes for a hostile text.
    return parseDocument(text, { lineCounter, uniqueKeys: false, prettyErrors: false });
  } catch (error) {
    if (error instanceof RangeError) throw invalid(FIELD, 'is nested too deeply');
    throw error;
  }
}

class Reader {
  readonly #lines: LineCounter;
  readonly #anchors = new Map<string, { value: Yaml } | undefined>();
  #merged = 0;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  value(node: unknown, depth: number): Yaml {
    if (depth > MAX_DEPTH) throw invalid(FIELD, 'is nested too deeply');
    if (isAlias(node)) return this.#named(node.source, node);
    const anchor = (node as (Node & { anchor?: string }) | null)?.anchor;
    // Known and without a value: whoever names it from inside of it is told.
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const value = this.#plain(node, depth);
    if (anchor !== undefined) this.#anchors.set(anchor, { value });
    return value;
  }

  #plain(node: unknown, depth: number): Yaml {
    if (isScalar(node)) return scalar(node.value);
    if (isSeq(node)) return node.items.map((item) => this.value(item, depth + 1));
    if (isMap(node)) return this.#map(node, depth);
    return null;
  }

  #map(node: YAMLMap, depth: number): YamlMap {
    const map = new YamlMap();
    const merged: Yaml[] = [];
    for (const pair of node.items) {
      if (!isPair(pair)) continue;
      const key = String(scalar(isScalar(pair.key) ? pair.key.value : null)).slice(0, MAX_KEY);
      const value = this.value(pair.value, depth + 1);
      if (key === '<<') merged.push(value);
      else {
        map.lines.set(key, this.#lineOf(pair.key));
        map.set(key, value);
      }
    }
    for (const other of merged.flat()) if (other instanceof YamlMap) this.#merge(map, other);
    return map;
  }

  /** What stands in the map itself wins. */
  #merge(map: YamlMap, other: YamlMap): void {
    this.#merged += other.size;
    if (this.#merged > MAX_MERGED) throw invalid(FIELD, 'merges more keys than a list of cameras has');
    for (const [key, value] of other) if (!map.has(key)) map.set(key, value);
  }

  #named(name: string, node: Node): Yaml {
    const known = this.#anchors.get(name);
    if (known) return known.value;
    const line = this.#lineOf(node);
    throw invalid(FIELD, `line ${line}: the alias names nothing that is whole before it`);
  }

  #lineOf(node: unknown): number {
    const offset = (node as Node | null)?.range?.[0];
    return offset === undefined ? 1 : this.#lines.linePos(offset).line;
  }
}

function scalar(value: unknown): string | number | boolean | null {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return null;
}

/** The map at a key; empty when there is none. */
export function mapAt(value: Yaml | undefined, key: string): YamlMap {
  const found = value instanceof YamlMap ? value.get(key) : undefined;
  return found instanceof YamlMap ? found : new YamlMap();
}

/** The text at a key; numbers as they are written in decimal. */
export function textAt(value: Yaml | undefined, key: string): string | undefined {
  const found = value instanceof YamlMap ? value.get(key) : undefined;
  return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
}

/** A switch at a key, also in the words of YAML 1.1; undefined when it is none. */
export function switchAt(value: Yaml | undefined, key: string): boolean | undefined {
  const found = value instanceof YamlMap ? value.get(key) : undefined;
  if (typeof found === 'boolean') return found;
  const word = typeof found === 'string' ? found.toLowerCase() : '';
  if (['yes', 'on', 'true'].includes(word)) return true;
  return ['no', 'off', 'false'].includes(word) ? false : undefined;
}

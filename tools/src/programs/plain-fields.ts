import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import type { Plugin } from 'rolldown';

/**
 * What works for every packet and frame. Nothing of it is spread, printed or cloned field by field, and none of it holds
 * a secret: a plain field is seen by whoever does so.
 */
const MODULES =
  /^(media\/src\/(bytes|rtp|rtsp\/wire|stream)\/|media\/src\/rtsp\/to-stream\.ts$|engine\/src\/(recorder\/[^/]+|streams\/meter)\.ts$)/;

/** A node of a syntax tree (ESTree), as far as it matters here. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly name?: unknown;
  readonly body?: unknown;
  readonly key?: unknown;
  readonly left?: unknown;
}

/**
 * Makes private names of classes plain properties with names of their own. V8 writes a private field by a call of a
 * helper wherever its last compiler has not been, a plain one by two instructions: docs/design/programs.md has figures.
 */
export function plainFields(root: string): Plugin {
  return {
    name: 'plain-fields',
    async transform(code, id) {
      const path = relative(root, id);
      if (!MODULES.test(path) || !code.includes('#')) return undefined;
      const { parseAst } = await import('rolldown/parseAst');
      return plain(code, parseAst(code, { lang: 'ts' }, id), nameOf(path));
    },
  };
}

const nameOf = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 6);

/** `module`: tells its classes from those of all others, for a class may extend one with fields of the same names. */
function plain(code: string, tree: unknown, module: string): string {
  let [text, from] = ['', 0];
  for (const { node, name } of [...privateNames(tree, module)].sort((a, b) => a.node.start - b.node.start)) {
    text += code.slice(from, node.start) + name;
    from = node.end;
  }
  return text + code.slice(from);
}

/** Every place with a private name, and what is to stand there. */
function* privateNames(tree: unknown, module: string): Generator<{ node: Node; name: string }> {
  const waiting: { node: unknown; known: ReadonlyMap<string, string> }[] = [{ node: tree, known: new Map() }];
  let classes = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, known } = next;
    if (Array.isArray(node)) waiting.push(...node.map((each: unknown) => ({ node: each, known })));
    if (!isNode(node)) continue;
    refuseTests(node, module);
    const name = node.type === 'PrivateIdentifier' && known.get(String(node.name));
    if (name) yield { node, name };
    const inside =
      node.type === 'ClassBody' ? new Map([...known, ...namesOf(node, ++classes, module)]) : known;
    waiting.push(...Object.values(node).map((each: unknown) => ({ node: each, known: inside })));
  }
}

/** `#name in object` asks for the class, which a plain field does not tell. */
function refuseTests({ type, left }: Node, module: string): void {
  if (type === 'BinaryExpression' && isNode(left) && left.type === 'PrivateIdentifier')
    throw new Error(`${module}: "#${String(left.name)} in" has no plain form`);
}

function* namesOf({ body }: Node, index: number, module: string): Generator<[string, string]> {
  for (const { key } of body as Node[]) {
    if (!isNode(key) || key.type !== 'PrivateIdentifier') continue;
    yield [String(key.name), `${String(key.name)}_${module}${index}`];
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

import { Document, isMap, parseDocument } from 'yaml';

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
type Patch = { [key: string]: JsonValue };

const isTree = (value: JsonValue): value is Patch =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function apply(document: Document, path: readonly string[], patch: Patch): void {
  for (const [key, value] of Object.entries(patch)) {
    const at = [...path, key];
    if (value === null) document.deleteIn(at);
    else if (Array.isArray(value)) document.setIn(at, document.createNode(value));
    else if (!isTree(value)) document.setIn(at, value);
    else {
      if (!isMap(document.getIn(at, true))) document.setIn(at, document.createNode({}));
      apply(document, at, value);
    }
  }
}

/**
 * Lays a JSON merge patch (RFC 7396) over a YAML text: null takes a key out, comments and everything the
 * patch does not name stay. The text must have been checked to be a map.
 */
export function patchYaml(text: string, patch: Patch): string {
  const parsed = parseDocument(text);
  const document = isMap(parsed.contents) ? parsed : new Document({});
  if (document !== parsed) document.commentBefore = parsed.commentBefore ?? parsed.comment;
  apply(document as Document, [], patch);
  return document.toString({ lineWidth: 0 });
}

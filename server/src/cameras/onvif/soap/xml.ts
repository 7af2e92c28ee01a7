/** An element: children by local name, attributes with `@` in front, text as `#text`; a lone text is the string. */
export type Element = { readonly [name: string]: Node | readonly Node[] | undefined };
export type Node = string | Element;

/** The first element at a path of local names; undefined when a step is missing or only text. */
export function at(node: Node | undefined, ...path: readonly string[]): Element | undefined {
  let here: Node | undefined = node;
  for (const name of path) here = all(here, name)[0];
  return typeof here === 'object' ? here : undefined;
}

/** Every child of a name, in order. */
export function all(node: Node | undefined, name: string): readonly Node[] {
  if (node === undefined || typeof node === 'string' || !Object.hasOwn(node, name)) return [];
  const found = node[name];
  if (found === undefined) return [];
  return Array.isArray(found) ? (found as readonly Node[]) : [found as Node];
}

/** The text at a path, trimmed; undefined when it is missing. */
export function text(node: Node | undefined, ...path: readonly string[]): string | undefined {
  const last = path.at(-1);
  const parent = path.length > 1 ? at(node, ...path.slice(0, -1)) : node;
  const found = last === undefined ? node : all(parent, last)[0];
  if (typeof found === 'string') return found;
  const own = found && Object.hasOwn(found, '#text') ? found['#text'] : undefined;
  return typeof own === 'string' ? own : undefined;
}

/** A finite number at a path. */
export function number(node: Node | undefined, ...path: readonly string[]): number | undefined {
  const found = text(node, ...path);
  const value = found === undefined || found === '' ? Number.NaN : Number(found);
  return Number.isFinite(value) ? value : undefined;
}

/** What may stand in an element or between double quotes. */
export function escapeXml(value: string): string {
  return value
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/g, '');
}

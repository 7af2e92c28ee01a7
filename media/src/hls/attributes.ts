/** Values of one tag; undefined ones are left out. Enumerated strings are written bare: quote with `quoted`. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** `#NAME:A=1,B="x"` (RFC 8216bis 4.2). */
export function tag(name: string, attributes: Attributes): string {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === 'number' ? decimal(value) : value}`);
  return `#${name}:${list.join(',')}`;
}

/** A quoted-string, which has no escapes: RangeError for a quote or a line break. */
export function quoted(value: string): string {
  if (/["\r\n]/.test(value)) throw new RangeError(`not a quoted-string: ${JSON.stringify(value)}`);
  return `"${value}"`;
}

/** A URI on its own line: RangeError when it is empty, looks like a tag or breaks the line. */
export function uriLine(value: string): string {
  if (value === '' || value.startsWith('#') || /[\r\n]/.test(value)) {
    throw new RangeError(`not a URI line: ${JSON.stringify(value)}`);
  }
  return value;
}

/** A decimal number of at most five places, never with an exponent. */
export function decimal(value: number): string {
  if (!Number.isFinite(value) || value < 0) throw new RangeError(`not a playlist number: ${value}`);
  return value.toFixed(5).replace(/\.?0+$/, '');
}

/** Bytes `[first, last]` of a representation. */
export interface Bytes {
  readonly first: number;
  readonly last: number;
}

/** What can be compared of a representation: a strong entity tag and a date in whole seconds (RFC 9110 8.8). */
export interface Validators {
  readonly etag: string;
  readonly lastModified: string;
}

/** Headers of a request, names in lower case. */
export type Conditions = Readonly<Record<string, string | readonly string[] | undefined>>;

const SPEC = /^(\d*)-(\d*)$/;

/**
 * What a `Range` header asks of `size` bytes (RFC 9110 14.1.2). `whole` for another unit, for a header that is
 * not understood and for several ranges at once, which a server may pass over.
 */
export function parseRange(header: string | undefined, size: number): Bytes | 'whole' | 'unsatisfiable' {
  const [unit, set, ...rest] = (header ?? '').split('=');
  if (unit?.trim().toLowerCase() !== 'bytes' || set === undefined || rest.length > 0) return 'whole';
  const match = SPEC.exec(set.trim());
  if (!match) return 'whole';
  const [, from, to] = match as unknown as [string, string, string];
  if (from === '' && to === '') return 'whole';
  if (from === '') return suffix(Number(to), size);
  const first = Number(from);
  if (to !== '' && Number(to) < first) return 'whole';
  if (first >= size) return 'unsatisfiable';
  return { first, last: to === '' ? size - 1 : Math.min(Number(to), size - 1) };
}

function suffix(length: number, size: number): Bytes | 'unsatisfiable' {
  if (length === 0 || size === 0) return 'unsatisfiable';
  return { first: Math.max(0, size - length), last: size - 1 };
}

/**
 * Whether a `Range` header is to be heeded (RFC 9110 13.1.5): without `If-Range`, or when that is the very tag
 * or the very date. A weak tag never is.
 */
export function heedsRange(headers: Conditions, validators: Validators): boolean {
  const condition = headers['if-range'];
  if (condition === undefined) return true;
  return condition === validators.etag || condition === validators.lastModified;
}

/** Whether the client has these bytes already (RFC 9110 13.1.2, 13.1.3). */
export function notModified(headers: Conditions, validators: Validators): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) {
    const bare = String(tags)
      .split(',')
      .map((tag) => tag.trim().replace(/^W\//, ''));
    return bare.includes('*') || bare.includes(validators.etag);
  }
  const since = Date.parse(String(headers['if-modified-since'] ?? ''));
  return !Number.isNaN(since) && Date.parse(validators.lastModified) <= since;
}

/** Input from the wire or from a file breaks its format. `offset` is the byte offset in the parsed buffer. */
export class MalformedError extends Error {
  readonly offset: number;

  constructor(what: string, offset: number) {
    super(`${what} at byte ${offset}`);
    this.name = 'MalformedError';
    this.offset = offset;
  }
}

/** What `read` gives; undefined where the input is malformed. */
export function unlessMalformed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

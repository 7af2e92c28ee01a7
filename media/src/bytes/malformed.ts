/** Input from the wire or from a file breaks its format. `offset` is the byte offset in the parsed buffer. */
export class MalformedError extends Error {
  readonly offset: number;

  constructor(what: string, offset: number) {
    super(`${what} at byte ${offset}`);
    this.name = 'MalformedError';
    this.offset = offset;
  }
}

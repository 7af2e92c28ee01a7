const HEAD_END = [13, 10, 13, 10];
/** A picture larger than this is none. */
const MAX_PART = 32 * 1024 * 1024;

/** Takes the pictures out of a `multipart/x-mixed-replace` body whose parts tell their length. */
export class Multipart {
  #rest = new Uint8Array(0);
  #length: number | undefined;

  /** The pictures that are whole with these bytes, oldest first. Throws RangeError for what is no such body. */
  feed(bytes: Uint8Array): Uint8Array<ArrayBuffer>[] {
    const joined = new Uint8Array(this.#rest.length + bytes.length);
    joined.set(this.#rest);
    joined.set(bytes, this.#rest.length);
    this.#rest = joined;
    const pictures: Uint8Array<ArrayBuffer>[] = [];
    for (let picture = this.#next(); picture !== undefined; picture = this.#next()) pictures.push(picture);
    return pictures;
  }

  #next(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#length === undefined && !this.#head()) return undefined;
    const length = this.#length ?? 0;
    if (this.#rest.length < length) return undefined;
    const picture = this.#rest.slice(0, length);
    this.#rest = this.#rest.subarray(length);
    this.#length = undefined;
    return picture;
  }

  /** Reads the head of a part, boundary included; false when it is not whole. */
  #head(): boolean {
    const end = indexOf(this.#rest, HEAD_END);
    if (end < 0) {
      if (this.#rest.length > 4096) throw new RangeError('no part begins here');
      return false;
    }
    const head = new TextDecoder('latin1').decode(this.#rest.subarray(0, end));
    const length = Number(/^content-length: *(\d+) *$/im.exec(head)?.[1]);
    if (!(length <= MAX_PART)) throw new RangeError('a part does not tell its length');
    this.#length = length;
    this.#rest = this.#rest.subarray(end + HEAD_END.length);
    return true;
  }
}

function indexOf(bytes: Uint8Array, wanted: readonly number[]): number {
  for (let at = 0; at + wanted.length <= bytes.length; at++) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

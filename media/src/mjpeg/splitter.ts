/** One picture: `[0, end)` of `b`, valid during the call only. Sides in pixels, 0 where the picture does not say. */
export type TakePicture = (b: Buffer, end: number, width: number, height: number) => void;

const FIRST_BYTES = 64 * 1024;
/** No camera's picture comes near this. */
const MAX_BYTES = 8 * 1024 * 1024;
const SOI = Buffer.from([0xff, 0xd8, 0xff]);
const EOI = Buffer.from([0xff, 0xd9]);
const SOS = 0xda;
/** What stands between two pictures begins so. */
const DELIMITER = Buffer.from('\r\n--');

/**
 * Finds the JPEG pictures in the bytes of a multipart answer (RFC 2046 5.1) by what begins and ends each (ITU-T T.81
 * annex B). Boundaries and lengths are passed over: cameras quote them, double their dashes, leave them out or lie
 * about them (quirk 48).
 */
export class JpegSplitter {
  /** Pictures that were broken, or longer than 8 MiB. */
  dropped = 0;
  readonly #take: TakePicture;
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;
  /** What is before it has been looked at. */
  #at = 0;
  #state: 'between' | 'segments' | 'scan' = 'between';
  #width = 0;
  #height = 0;

  constructor(take: TakePicture) {
    this.#take = take;
  }

  read(chunk: Buffer): void {
    this.#append(chunk);
    while (this.#step());
    if (this.#length < MAX_BYTES) return;
    this.dropped++;
    this.#discard(this.#length);
  }

  #append(chunk: Buffer): void {
    const need = this.#length + chunk.length;
    if (need > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(need * 2);
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    chunk.copy(this.#buffer, this.#length);
    this.#length = need;
  }

  /** One step further; false when more bytes are needed. */
  #step(): boolean {
    if (this.#state === 'between') return this.#seek();
    return this.#state === 'segments' ? this.#segment() : this.#scan();
  }

  #seek(): boolean {
    const found = this.#indexOf(SOI, 0);
    if (found < 0) {
      this.#discard(Math.max(0, this.#length - SOI.length + 1));
      return false;
    }
    this.#discard(found);
    this.#state = 'segments';
    this.#at = 2;
    this.#width = 0;
    this.#height = 0;
    return true;
  }

  /** A marker segment (T.81 B.1.1.4); thumbnails inside hold pictures of their own and are stepped over. */
  #segment(): boolean {
    const b = this.#buffer;
    const at = this.#at;
    if (at + 4 > this.#length) return false;
    const marker = b[at + 1]!;
    if (b[at] === 0xff && marker === 0xff) {
      this.#at++;
      return true;
    }
    const size = b.readUInt16BE(at + 2);
    if (b[at] !== 0xff || marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd9) || size < 2)
      return this.#broken();
    const next = at + 2 + size;
    if (next > this.#length) return false;
    if (isFrameHeader(marker) && size >= 7) {
      this.#height = b.readUInt16BE(at + 5);
      this.#width = b.readUInt16BE(at + 7);
    }
    if (marker === SOS) this.#state = 'scan';
    this.#at = next;
    return true;
  }

  /** Entropy-coded data holds no marker but restarts: the next one of these ends the picture. */
  #scan(): boolean {
    const end = this.#indexOf(EOI, this.#at);
    const next = this.#indexOf(SOI, this.#at);
    if (next >= 0 && (end < 0 || next < end)) return this.#unended(next);
    if (end < 0) {
      this.#at = Math.max(this.#at, this.#length - SOI.length + 1);
      return false;
    }
    this.#take(this.#buffer, end + EOI.length, this.#width, this.#height);
    this.#discard(end + EOI.length);
    return true;
  }

  /** Some leave the end out: what comes before the next part is the picture. */
  #unended(next: number): boolean {
    const delimiter = this.#buffer.subarray(0, next).lastIndexOf(DELIMITER);
    const end = delimiter < 0 ? next : delimiter;
    const whole = Buffer.concat([this.#buffer.subarray(0, end), EOI]);
    this.#take(whole, whole.length, this.#width, this.#height);
    this.#discard(next);
    return true;
  }

  #broken(): boolean {
    this.dropped++;
    this.#discard(2);
    return true;
  }

  /** Forgets the first bytes, and looks for the next picture in the rest. */
  #discard(bytes: number): void {
    this.#buffer.copyWithin(0, bytes, this.#length);
    this.#length -= bytes;
    this.#at = 0;
    this.#state = 'between';
  }

  #indexOf(bytes: Buffer, from: number): number {
    const found = this.#buffer.indexOf(bytes, from);
    return found < 0 || found + bytes.length > this.#length ? -1 : found;
  }
}

/** SOF of any process; DHT, JPG and DAC lie among their numbers (T.81 table B.1). */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

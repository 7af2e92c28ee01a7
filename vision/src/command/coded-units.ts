import { x264Quality } from '../h264-target.ts';

/** An access unit delimiter as x264 writes it (ITU-T H.264 7.3.2.4): four-byte start code, type 9. */
const DELIMITER = Buffer.from([0, 0, 0, 1, 0x09]);
const START_CODE = Buffer.from([0, 0, 1]);
const IDR = 5;
/** Bytes of a picture that is not whole yet. */
const MAX_PENDING = 16 * 1024 * 1024;

/** What `ffmpeg` is told so that {@link CodedUnits} can tell its pictures apart; a key frame comes each so many. */
export function encoderArgs(keyDistance: number, bitrate?: number): string[] {
  const quality = Object.entries(x264Quality(bitrate)).flatMap(([name, value]) => [`-${name}`, value]);
  const rest = ['-g', String(keyDistance), '-x264-params', 'aud=1:scenecut=0'];
  return ['-c:v', 'libx264', ...quality, ...rest];
}

/** Takes pictures out of `ffmpeg -f h264` where each begins with a delimiter: the last comes with the next one. */
export class CodedUnits {
  readonly #unit: (data: Buffer, key: boolean) => void;
  #pending: Buffer = Buffer.alloc(0);

  constructor(unit: (data: Buffer, key: boolean) => void) {
    this.#unit = unit;
  }

  /** Throws RangeError when no picture ends. */
  take(bytes: Buffer): void {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    if (this.#pending.length > MAX_PENDING) throw new RangeError('a picture without end');
    for (;;) {
      const next = this.#pending.indexOf(DELIMITER, DELIMITER.length);
      if (next < 0) return;
      const data = Buffer.from(this.#pending.subarray(0, next));
      this.#pending = this.#pending.subarray(next);
      this.#unit(data, isKey(data));
    }
  }
}

function isKey(data: Buffer): boolean {
  for (let at = data.indexOf(START_CODE); at >= 0; at = data.indexOf(START_CODE, at + 3)) {
    if ((data[at + 3]! & 0x1f) === IDR) return true;
  }
  return false;
}

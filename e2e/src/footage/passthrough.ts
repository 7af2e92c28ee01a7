/** Ticks of the picture's clock a second. */
const CLOCK = 90_000;
/** Where a fragment of ours says its track and its decode time: in `tfhd` and in a wide `tfdt`. */
const TRACK_AT = 44;
const TIME_AT = 60;

/** A viewer of the endless MP4 of a stream, who takes pictures as the camera sent them. */
export class Passthrough {
  /** Decode times of the pictures so far, in seconds. */
  readonly times: number[] = [];
  readonly #leaving = new AbortController();
  readonly #done: Promise<void>;

  /** `url` of `stream.mp4`. */
  constructor(url: string, authorization: string) {
    this.#done = this.#read(url, authorization).catch(() => undefined);
  }

  /** Seconds between each picture and the next. */
  get steps(): number[] {
    return this.times.slice(1).map((time, i) => time - this.times[i]!);
  }

  leave(): Promise<void> {
    this.#leaving.abort();
    return this.#done;
  }

  async #read(url: string, authorization: string): Promise<void> {
    const { signal } = this.#leaving;
    const response = await fetch(url, { headers: { authorization }, signal });
    let rest = Buffer.alloc(0);
    for await (const chunk of response.body!) {
      rest = Buffer.concat([rest, chunk as Uint8Array]);
      while (rest.length >= 8 && rest.readUInt32BE(0) <= rest.length) {
        const size = rest.readUInt32BE(0);
        const isMoof = rest.toString('latin1', 4, 8) === 'moof';
        if (isMoof && rest.readUInt32BE(TRACK_AT) === 1)
          this.times.push(Number(rest.readBigUInt64BE(TIME_AT)) / CLOCK);
        rest = rest.subarray(size);
      }
    }
  }
}

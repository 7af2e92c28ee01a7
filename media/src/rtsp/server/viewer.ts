import type { Socket } from 'node:net';
import type { RtpViewer } from '../../rtp/index.ts';
import { type Clock, SlowReader } from '../../stream/index.ts';

/** Bytes of the GOP cache a viewer may have queued at the start, beyond the slow-reader rule. */
const MAX_BURST = 8 * 1024 * 1024;

export interface PlayViewerOptions {
  readonly socket: Socket;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** By track index: whether it is a video track. */
  readonly video: readonly boolean[];
  /** Nothing is sent before the next key frame. */
  readonly waitForKey: boolean;
  /** The socket does not drain: the viewer has to go. */
  readonly onTooSlow: () => void;
  readonly onEnd: () => void;
}

/** One playing session: writes each shared chunk once, or skips to a key frame when the socket is behind. */
export class PlayViewer implements RtpViewer {
  readonly #options: PlayViewerOptions;
  readonly #slow = new SlowReader();
  readonly #playing: boolean[];
  readonly #hasVideo: boolean;
  #waiting: boolean;
  #bursting = true;
  /** Value of `socket.bytesWritten` behind the burst. */
  #burstEnd = 0;
  #sent = 0;
  #closed = false;

  /** Begins in the burst: {@link burstDone} ends it. */
  constructor(options: PlayViewerOptions) {
    this.#options = options;
    this.#playing = options.video.map(() => false);
    this.#hasVideo = options.video.includes(true);
    this.#waiting = options.waitForKey;
  }

  /** Chunks left out because the socket was behind. */
  get skipped(): number {
    return this.#slow.skipped;
  }

  /** Chunks written. */
  get sent(): number {
    return this.#sent;
  }

  play(trackIndex: number, on: boolean): void {
    this.#playing[trackIndex] = on;
  }

  /** The cached frames were all given: from here the slow-reader rule holds. */
  burstDone(): void {
    this.#bursting = false;
    this.#burstEnd = this.#options.socket.bytesWritten;
  }

  packets(chunk: Buffer, trackIndex: number, key: boolean): void {
    if (this.#closed || !this.#playing[trackIndex]) return;
    const starts = key && (this.#options.video[trackIndex]! || !this.#playsVideo());
    if (this.#waiting && !starts) return;
    this.#waiting = false;
    const { socket, clock } = this.#options;
    if (!(this.#bursting && socket.writableLength < MAX_BURST)) {
      const verdict = this.#slow.verdict(this.#queued(), starts, clock.monotonic());
      if (verdict === 'close') {
        this.#closed = true;
        this.#options.onTooSlow();
      }
      if (verdict !== 'send') return;
    }
    this.#sent++;
    socket.write(chunk);
  }

  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.onEnd();
  }

  /** Bytes the client has not taken, without those of the burst. */
  #queued(): number {
    const { bytesWritten, writableLength } = this.#options.socket;
    const burstLeft = this.#burstEnd - (bytesWritten - writableLength);
    return burstLeft > 0 ? writableLength - burstLeft : writableLength;
  }

  #playsVideo(): boolean {
    return this.#hasVideo && this.#options.video.some((video, index) => video && this.#playing[index]);
  }
}

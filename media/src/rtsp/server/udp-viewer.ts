import { INTERLEAVED_HEADER, type RtpViewer } from '../../rtp/index.ts';
import type { Clock } from '../../stream/index.ts';
import type { ServerUdpPorts } from './udp-ports.ts';

export interface UdpViewerOptions {
  readonly udp: ServerUdpPorts;
  readonly clock: Pick<Clock, 'every'>;
  /** The client's own address, as its RTSP connection has it: packets go nowhere else. */
  readonly address: string;
  /** By track index: whether it is a video track. */
  readonly video: readonly boolean[];
  /** Nothing is sent before the next key frame. */
  readonly waitForKey: boolean;
  readonly onEnd: () => void;
}

/** What waits while the beginning is paced; the system's own queue. Beyond it, nothing until a key frame. */
const MAX_QUEUED = 8 * 1024 * 1024;
/** The cached frames go out at 54 Mbit/s, so that a receiver's buffer of usual size holds them. */
const PACE_MS = 5;
const PACE_PACKETS = 24;

interface Waiting {
  readonly chunk: Buffer;
  readonly trackIndex: number;
  at: number;
}

/** One session that plays over UDP: sends the packets of each shared chunk as slices of it. */
export class UdpViewer implements RtpViewer {
  readonly #options: UdpViewerOptions;
  /** By track index: the client's ports while it plays. */
  readonly #ports: (readonly [rtp: number, rtcp: number] | undefined)[] = [];
  readonly #playing: boolean[];
  readonly #queue: Waiting[] = [];
  #queued = 0;
  #stopPace: (() => void) | undefined;
  #bursting = true;
  #waiting: boolean;
  #sent = 0;
  #skipped = 0;
  #closed = false;

  constructor(options: UdpViewerOptions) {
    this.#options = options;
    this.#playing = options.video.map(() => false);
    this.#waiting = options.waitForKey;
  }

  /** Chunks left out because too much was queued. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Chunks taken. */
  get sent(): number {
    return this.#sent;
  }

  /** `client_port` of a track. */
  assign(trackIndex: number, ports: readonly [rtp: number, rtcp: number]): void {
    this.#ports[trackIndex] = ports;
  }

  play(trackIndex: number, on: boolean): void {
    this.#playing[trackIndex] = on;
  }

  /** The cached frames were all given. */
  burstDone(): void {
    this.#bursting = false;
  }

  packets(chunk: Buffer, trackIndex: number, key: boolean): void {
    if (this.#closed || !this.#playing[trackIndex]) return;
    if (this.#waiting) {
      if (!key || (!this.#options.video[trackIndex] && this.#playsVideo())) return;
      this.#waiting = false;
    }
    if (this.#queued + this.#options.udp.queued > MAX_QUEUED) {
      this.#skipped++;
      this.#waiting = true;
      return;
    }
    this.#sent++;
    if (!this.#bursting && this.#queue.length === 0) {
      this.#send({ chunk, trackIndex, at: 0 }, Number.POSITIVE_INFINITY);
      return;
    }
    this.#queue.push({ chunk, trackIndex, at: 0 });
    this.#queued += chunk.length;
    this.#stopPace ??= this.#options.clock.every(PACE_MS, () => this.#pace());
  }

  end(): void {
    if (this.#closed) return;
    this.close();
    this.#options.onEnd();
  }

  /** Sends nothing more. */
  close(): void {
    this.#closed = true;
    this.#queue.length = 0;
    this.#queued = 0;
    this.#stopPace?.();
    this.#stopPace = undefined;
  }

  #pace(): void {
    let room = PACE_PACKETS;
    for (let next = this.#queue[0]; next && room > 0; next = this.#queue[0]) {
      room -= this.#send(next, room);
      if (next.at < next.chunk.length) return;
      this.#queue.shift();
      this.#queued -= next.chunk.length;
    }
    if (this.#queue.length > 0) return;
    this.#stopPace?.();
    this.#stopPace = undefined;
  }

  /** At most `room` packets from where the chunk stands. Returns how many. */
  #send(waiting: Waiting, room: number): number {
    const { chunk, trackIndex } = waiting;
    const { udp, address } = this.#options;
    const ports = this.#ports[trackIndex];
    let packets = 0;
    let at = waiting.at;
    while (at + INTERLEAVED_HEADER <= chunk.length && packets < room) {
      const start = at + INTERLEAVED_HEADER;
      const end = start + ((chunk[at + 2]! << 8) | chunk[at + 3]!);
      const rtcp = (chunk[at + 1]! & 1) === 1;
      if (ports && this.#playing[trackIndex]) {
        udp.send(rtcp ? 'rtcp' : 'rtp', chunk, start, end, ports[rtcp ? 1 : 0], address);
      }
      packets++;
      at = end;
    }
    waiting.at = at;
    return packets;
  }

  #playsVideo(): boolean {
    return this.#options.video.some((video, index) => video && this.#playing[index]);
  }
}

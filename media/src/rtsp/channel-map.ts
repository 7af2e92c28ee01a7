import { RtspError } from './errors.ts';
import type { Transport } from './wire/headers.ts';

/** Takes the packets of a session; `[start, end)` of `buffer` is valid during the call only. Must not throw. */
export interface RtspSink {
  rtp(trackIndex: number, buffer: Buffer, start: number, end: number): void;
  rtcp(trackIndex: number, buffer: Buffer, start: number, end: number): void;
}

/** Which track an interleaved channel carries. */
export class ChannelMap {
  readonly #sink: RtspSink;
  /** By channel: `2 * trackIndex`, plus 1 for RTCP; -1 for a channel that was not set up. */
  readonly #slots = new Int16Array(256).fill(-1);
  readonly #channels: number[] = [];
  /** By RTP slot: the source that sent before anybody asked for media. */
  readonly #stale = new Map<number, number>();
  /** RTP slots on which another source than the stale one has sent. */
  readonly #renewed = new Set<number>();
  #playing = false;
  #stray = 0;
  #packets = 0;

  constructor(sink: RtspSink) {
    this.#sink = sink;
  }

  get stray(): number {
    return this.#stray;
  }

  /** RTP packets handed to the sink. */
  get packets(): number {
    return this.#packets;
  }

  /**
   * Takes the `Transport` of a SETUP answer. Cameras answer with other ids than asked for, with one id, with
   * none, with ids of another track, or with `RTP/AVP` although they mean TCP.
   * @throws RtspError `protocol_error` when the answer is a UDP transport.
   */
  assign(trackIndex: number, transport: Transport | undefined, peer: string): void {
    const asked: readonly [number, number] = [2 * trackIndex, 2 * trackIndex + 1];
    const given = transport?.interleaved;
    if (!given && transport?.parameters.has('server_port')) {
      const text = `${peer} answered SETUP with UDP although TCP was asked for`;
      throw new RtspError('protocol_error', text, { transport: 'tcp' });
    }
    const [rtp, rtcp] = given && this.#slots[given[0]] === -1 ? given : asked;
    this.#slots[rtp] = 2 * trackIndex;
    if (rtcp !== rtp) this.#slots[rtcp] = 2 * trackIndex + 1;
    this.#channels[2 * trackIndex] = rtp;
    this.#channels[2 * trackIndex + 1] = rtcp;
  }

  /** The channel to send on, undefined for a track that was not set up. */
  channelOf(trackIndex: number, kind: 'rtp' | 'rtcp'): number | undefined {
    return this.#channels[2 * trackIndex + (kind === 'rtcp' ? 1 : 0)];
  }

  /** Media is asked for. What comes earlier is of an older session that the camera did not end (quirk 33). */
  play(): void {
    this.#playing = true;
  }

  packet(channel: number, buffer: Buffer, start: number, end: number): void {
    const slot = this.#slots[channel]!;
    if (slot < 0) this.#stray++;
    else if (!this.#playing || this.#stale.size > 0) this.#suspicious(slot, buffer, start, end);
    else this.#deliver(slot, buffer, start, end);
  }

  #deliver(slot: number, buffer: Buffer, start: number, end: number): void {
    if ((slot & 1) === 0) {
      this.#packets++;
      this.#sink.rtp(slot >> 1, buffer, start, end);
    } else this.#sink.rtcp(slot >> 1, buffer, start, end);
  }

  /**
   * An older session's source is left out for good once the new session's source has sent; should it be the only
   * one, the camera has gone on with it, and it is taken.
   */
  #suspicious(slot: number, buffer: Buffer, start: number, end: number): void {
    const ssrc = (slot & 1) === 0 && end - start >= 12 ? buffer.readUInt32BE(start + 8) : undefined;
    if (!this.#playing) {
      this.#stray++;
      if (ssrc !== undefined) this.#stale.set(slot, ssrc);
      return;
    }
    const stale = this.#stale.get(slot);
    if (ssrc === undefined || stale === undefined) this.#deliver(slot, buffer, start, end);
    else if (ssrc !== stale) {
      this.#renewed.add(slot);
      this.#deliver(slot, buffer, start, end);
    } else if (this.#renewed.has(slot)) this.#stray++;
    else this.#deliver(slot, buffer, start, end);
  }

  /** The sink is not called any more. */
  clear(): void {
    this.#slots.fill(-1);
    this.#channels.length = 0;
  }
}

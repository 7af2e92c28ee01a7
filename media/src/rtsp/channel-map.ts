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

  packet(channel: number, buffer: Buffer, start: number, end: number): void {
    const slot = this.#slots[channel]!;
    if (slot < 0) this.#stray++;
    else if ((slot & 1) === 0) {
      this.#packets++;
      this.#sink.rtp(slot >> 1, buffer, start, end);
    } else this.#sink.rtcp(slot >> 1, buffer, start, end);
  }

  /** The sink is not called any more. */
  clear(): void {
    this.#slots.fill(-1);
    this.#channels.length = 0;
  }
}

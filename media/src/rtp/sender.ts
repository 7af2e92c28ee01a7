import type { Clock, Frame, MediaStream, Track } from '../stream/index.ts';
import { INTERLEAVED_HEADER, type Packetizer, PacketWriter } from './packet-writer.ts';
import { payloadOf } from './payloads/index.ts';
import { writeSenderReport } from './rtcp.ts';

/** Largest RTP payload: fits 1500-byte Ethernet with IPv6, UDP and SRTP. */
const MTU = 1400;
const REPORT_INTERVAL = 5_000;

/** Takes a stream's packets. */
export interface RtpViewer {
  /**
   * The packets of one frame, or one RTCP packet, each behind its RTSP interleaved header: channel 2 x
   * trackIndex for RTP, one more for RTCP. Shared by all viewers: never modify. `key`: decoding can start here.
   */
  packets(chunk: Buffer, trackIndex: number, key: boolean): void;
  end(): void;
}

export interface RtpJoin {
  /** Per track what RTP-Info says (RFC 2326 12.33). */
  readonly tracks: readonly { readonly trackIndex: number; readonly seq: number; readonly rtptime: number }[];
  leave(): void;
}

interface Lane {
  track: Track;
  packetizer: Packetizer;
  readonly writer: PacketWriter;
  /** RTP time of the media clock's zero. */
  readonly base: number;
}

export interface RtpSenderOptions {
  readonly clock: Pick<Clock, 'utc' | 'every'>;
  /** Uniform in [0, 2^32). */
  readonly random32: () => number;
  readonly cname?: string;
}

/**
 * Packetizes a stream once for all its RTP viewers. Costs nothing without viewers. A viewer that joins gets
 * the GOP cache first, numbered so that the shared packets continue it.
 */
export class RtpSender {
  readonly #stream: MediaStream;
  readonly #options: RtpSenderOptions;
  readonly #viewers = new Set<RtpViewer>();
  readonly #lanes: readonly Lane[];
  #stop: (() => void) | undefined;
  /** UTC milliseconds of the media clock's zero, learnt from the first frame. */
  #utcZero: number | undefined;

  constructor(stream: MediaStream, options: RtpSenderOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#lanes = makeLanes(stream.tracks, options.random32);
  }

  get tracks(): readonly { track: Track; payloadType: number; ssrc: number }[] {
    return this.#lanes.map(({ track, writer: { payloadType, ssrc } }) => ({ track, payloadType, ssrc }));
  }

  get viewerCount(): number {
    return this.#viewers.size;
  }

  /**
   * Adds a viewer. With `cached` the frames since the last key frame reach it in the next microtask, so that
   * the caller can write the reply that carries RTP-Info first, in the same turn.
   */
  join(viewer: RtpViewer, cached: boolean): RtpJoin {
    const gop = cached ? this.#replay() : [];
    if (this.#viewers.size === 0) this.#start();
    this.#viewers.add(viewer);
    const seconds = this.#zeroSeconds(cached);
    const tracks = this.#lanes.map(({ writer, base, track }, trackIndex) => ({
      trackIndex,
      seq: (writer.sequence - countPackets(gop, trackIndex)) & 0xffff,
      rtptime: Math.round(base + seconds * track.format.clockRate) >>> 0,
    }));
    queueMicrotask(() => {
      for (const { chunk, trackIndex, key } of gop) {
        if (this.#viewers.has(viewer)) viewer.packets(chunk, trackIndex, key);
      }
      if (this.#viewers.has(viewer)) this.#report([viewer]);
    });
    return { tracks, leave: () => this.#leave(viewer) };
  }

  #start(): void {
    const detach = this.#stream.attach(
      {
        onTracks: (tracks) => this.#retrack(tracks),
        onFrame: (frame) => this.#frame(frame),
        onEnd: () => this.#end(),
      },
      false,
    );
    const stopReports = this.#options.clock.every(REPORT_INTERVAL, () => this.#report(this.#viewers));
    this.#stop = () => {
      detach();
      stopReports();
    };
  }

  #leave(viewer: RtpViewer): void {
    if (this.#viewers.delete(viewer) && this.#viewers.size === 0) this.#stop?.();
  }

  #end(): void {
    const viewers = [...this.#viewers];
    this.#viewers.clear();
    this.#stop?.();
    for (const viewer of viewers) viewer.end();
  }

  /** A new format of the same codec goes on in band; anything else needs a new SDP, so viewers must come again. */
  #retrack(tracks: readonly Track[]): void {
    const next = this.#lanes.map((lane) =>
      tracks.find((track) => track.id === lane.track.id && continues(lane, track)),
    );
    if (next.some((track) => !track)) {
      this.#end();
      return;
    }
    this.#lanes.forEach((lane, index) => {
      const track = next[index]!;
      if (track === lane.track) return;
      lane.track = track;
      lane.packetizer = payloadOf(track.format.codec)!.packetizer(track.format, MTU);
    });
  }

  #frame(frame: Frame): void {
    const trackIndex = this.#lanes.findIndex((lane) => lane.track === frame.track);
    const lane = this.#lanes[trackIndex];
    if (!lane) return;
    this.#utcZero ??= frame.arrival - (frame.pts / lane.track.format.clockRate) * 1000;
    const chunk = packetize(lane, frame, lane.writer);
    for (const viewer of this.#viewers) viewer.packets(chunk, trackIndex, frame.key);
  }

  /** Media seconds that RTP-Info calls the start: the first cached frame, or now. */
  #zeroSeconds(cached: boolean): number {
    const gop = this.#stream.gop;
    const frame = cached ? gop[0] : gop.at(-1);
    if (!frame) return this.#utcZero === undefined ? 0 : (this.#options.clock.utc() - this.#utcZero) / 1000;
    return frame.pts / frame.track.format.clockRate;
  }

  #replay(): { chunk: Buffer; trackIndex: number; key: boolean; packets: number }[] {
    const writers = this.#lanes.map(({ writer: { payloadType, ssrc } }, index) => {
      return new PacketWriter({ channel: index * 2, payloadType, ssrc, sequence: 0 });
    });
    const replay = this.#stream.gop.flatMap((frame) => {
      const trackIndex = this.#lanes.findIndex((lane) => lane.track === frame.track);
      const writer = writers[trackIndex];
      if (!writer) return [];
      const before = writer.packets;
      const chunk = packetize(this.#lanes[trackIndex]!, frame, writer);
      return [{ chunk, trackIndex, key: frame.key, packets: writer.packets - before }];
    });
    for (const { chunk, trackIndex } of replay) {
      renumber(chunk, this.#lanes[trackIndex]!.writer.sequence - writers[trackIndex]!.packets);
    }
    return replay;
  }

  #report(viewers: Iterable<RtpViewer>): void {
    if (this.#utcZero === undefined) return;
    const utc = this.#options.clock.utc();
    this.#lanes.forEach(({ writer, base, track }, trackIndex) => {
      const ticks = ((utc - this.#utcZero!) / 1000) * track.format.clockRate;
      const timestamp = Math.round(base + ticks) >>> 0;
      const { ssrc, packets, octets } = writer;
      const report = writeSenderReport(
        { ssrc, timestamp, packets, octets },
        utc,
        this.#options.cname ?? 'nightjar',
      );
      const chunk = Buffer.allocUnsafe(INTERLEAVED_HEADER + report.length);
      chunk[0] = 0x24;
      chunk[1] = trackIndex * 2 + 1;
      chunk.writeUInt16BE(report.length, 2);
      report.copy(chunk, INTERLEAVED_HEADER);
      for (const viewer of viewers) viewer.packets(chunk, trackIndex, false);
    });
  }
}

function makeLanes(tracks: readonly Track[], random32: () => number): readonly Lane[] {
  const carried = tracks.filter((track) => payloadOf(track.format.codec));
  return carried.map((track, index) => ({
    track,
    packetizer: payloadOf(track.format.codec)!.packetizer(track.format, MTU),
    base: random32(),
    writer: new PacketWriter({
      channel: index * 2,
      payloadType: track.format.codec.rtp.payloadType,
      ssrc: random32(),
      sequence: 0x10000 + (random32() & 0xffff),
    }),
  }));
}

function continues(lane: Lane, track: Track): boolean {
  const { codec, clockRate } = lane.track.format;
  return track.format.codec === codec && track.format.clockRate === clockRate;
}

function packetize(lane: Lane, frame: Frame, writer: PacketWriter): Buffer {
  writer.open((frame.end - frame.payload) * 1.02 + 512);
  lane.packetizer.packetize(frame, (lane.base + frame.pts) % 2 ** 32, writer);
  return writer.take();
}

function countPackets(
  replay: readonly { trackIndex: number; packets: number }[],
  trackIndex: number,
): number {
  return replay.reduce((sum, entry) => sum + (entry.trackIndex === trackIndex ? entry.packets : 0), 0);
}

/** Adds `base` to the sequence number of every packet of a chunk. */
function renumber(chunk: Buffer, base: number): void {
  for (let at = 0; at + 8 <= chunk.length; at += INTERLEAVED_HEADER + chunk.readUInt16BE(at + 2)) {
    chunk.writeUInt16BE((chunk.readUInt16BE(at + 6) + base) & 0xffff, at + 6);
  }
}

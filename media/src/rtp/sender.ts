import { type Clock, type Frame, InTurn, type MediaStream, type Track } from '../stream/index.ts';
import { Gathering } from './gathering.ts';
import { type Chunk, type Lane, lanesOf } from './lane.ts';
import { MediaUtc } from './media-utc.ts';
import { INTERLEAVED_HEADER } from './packet-writer.ts';
import { writeSenderReport } from './rtcp.ts';

const REPORT_INTERVAL = 5_000;

/** Takes a stream's packets. */
export interface RtpViewer {
  /**
   * The packets of one frame (or of as many as the sender holds), or one RTCP packet, each behind its RTSP
   * interleaved header: channel 2 x trackIndex for RTP, one more for RTCP. Shared by all viewers: never modify.
   * `key`: decoding can start here.
   */
  packets(chunk: Buffer, trackIndex: number, key: boolean): void;
  end(): void;
}

export interface RtpJoin {
  /** Per track what RTP-Info says (RFC 2326 12.33). */
  readonly tracks: readonly { readonly trackIndex: number; readonly seq: number; readonly rtptime: number }[];
  leave(): void;
}

export interface RtpSenderOptions {
  readonly clock: Pick<Clock, 'utc' | 'every'>;
  /** Uniform in [0, 2^32). */
  readonly random32: () => number;
  readonly cname?: string;
  /** Media seconds of one track that are given at once; 0, when absent: a frame. */
  readonly hold?: number;
}

interface Seat {
  readonly viewer: RtpViewer;
  /** What the viewer gets before it gets what all get; undefined once it has. */
  backlog: Chunk[] | undefined;
  /** A sender report still has to follow the first packets. */
  owed: boolean;
}

/**
 * Packetizes a stream once for all its RTP viewers. Costs nothing without viewers. A viewer that joins gets
 * the GOP cache first, numbered so that the shared packets continue it, then a sender report.
 */
export class RtpSender {
  readonly #stream: MediaStream;
  readonly #options: RtpSenderOptions;
  readonly #seats = new InTurn<Seat>();
  readonly #lanes: readonly Lane[];
  /** By track index; none: each frame is given as it comes. */
  readonly #gatherings: readonly Gathering[];
  readonly #utc = new MediaUtc();
  #stop: (() => void) | undefined;
  #fits = true;

  constructor(stream: MediaStream, options: RtpSenderOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#lanes = lanesOf(stream.tracks, options.random32);
    const { hold = 0 } = options;
    const give = (chunk: Chunk): void => this.#give(chunk);
    this.#gatherings = hold > 0 ? this.#lanes.map(() => new Gathering(hold, give)) : [];
  }

  get tracks(): readonly { track: Track; payloadType: number; ssrc: number }[] {
    return this.#lanes.map(({ track, writer: { payloadType, ssrc } }) => ({ track, payloadType, ssrc }));
  }

  get viewerCount(): number {
    return this.#seats.size;
  }

  /**
   * Adds a viewer. With `cached` the frames since the last key frame reach it in the next microtask, so that
   * the caller can write the reply that carries RTP-Info first, in the same turn. A viewer of a sender whose
   * tracks the stream no longer has is ended in the same way.
   */
  join(viewer: RtpViewer, cached: boolean): RtpJoin {
    if (this.#seats.size === 0) this.#start();
    // What the newcomer is given to start with ends at the newest frame: from there it shares with the others.
    this.#flush();
    const gop = cached ? this.#stream.gop : [];
    const seat: Seat = { viewer, backlog: [], owed: true };
    const firstSequences = this.#replay(gop, seat.backlog!);
    const seconds = this.#beginning(gop);
    const tracks = this.#lanes.map((lane, trackIndex) => {
      return { trackIndex, seq: firstSequences[trackIndex]!, rtptime: lane.rtpTime(seconds) };
    });
    if (this.#fits) this.#seats.add(seat);
    queueMicrotask(() => {
      if (this.#fits) this.#open(seat);
      else viewer.end();
    });
    return { tracks, leave: () => this.#leave(seat) };
  }

  #start(): void {
    this.#fits = true;
    for (const frame of this.#stream.gop) this.#utc.learn(frame);
    const detach = this.#stream.attach(
      {
        onTracks: (tracks) => this.#retrack(tracks),
        onFrame: (frame) => this.#frame(frame),
        onEnd: () => this.#end(),
      },
      false,
    );
    const stopReports = this.#options.clock.every(REPORT_INTERVAL, () => this.#report(this.#seats));
    this.#stop = () => {
      detach();
      stopReports();
    };
    if (!this.#fits) this.#stop();
  }

  /** The viewer's reply was written: from here it takes part. */
  #open(seat: Seat): void {
    for (const { chunk, trackIndex, key } of seat.backlog ?? []) {
      if (this.#seats.has(seat)) seat.viewer.packets(chunk, trackIndex, key);
    }
    seat.backlog = undefined;
    if (this.#seats.has(seat)) this.#report([seat]);
  }

  #leave(seat: Seat): void {
    if (!this.#seats.delete(seat) || this.#seats.size > 0) return;
    this.#flush();
    this.#stop?.();
  }

  #flush(): void {
    for (const gathering of this.#gatherings) gathering.flush();
  }

  #end(): void {
    this.#flush();
    const seats = [...this.#seats];
    this.#seats.clear();
    this.#stop?.();
    for (const { viewer } of seats) viewer.end();
  }

  /** What viewers can follow goes on in band; anything else needs a new SDP, so they must come again. */
  #retrack(tracks: readonly Track[]): void {
    const next = this.#lanes.map((lane) => tracks.find((track) => lane.continuesWith(track)));
    this.#fits = next.every((track) => track !== undefined);
    if (!this.#fits) this.#end();
    else for (const [index, lane] of this.#lanes.entries()) lane.continueWith(next[index]!);
  }

  #frame(frame: Frame): void {
    const lane = this.#lanes.find(({ track }) => track === frame.track);
    if (!lane) return;
    this.#utc.learn(frame);
    const packets = lane.packetize(frame);
    const gathering = this.#gatherings[packets.trackIndex];
    if (gathering) gathering.add(packets, frame);
    else this.#give(packets);
  }

  #give(packets: Chunk): void {
    let owing = false;
    this.#seats.serve(({ viewer, backlog, owed }) => {
      if (backlog) backlog.push(packets);
      else viewer.packets(packets.chunk, packets.trackIndex, packets.key);
      owing ||= owed && !backlog;
    });
    if (owing) this.#report([...this.#seats].filter(({ backlog, owed }) => owed && !backlog));
  }

  /** Media seconds that RTP-Info calls the start: where the first cached frame is, or else now. */
  #beginning(gop: readonly Frame[]): number {
    const firsts = this.#lanes.flatMap(({ track }) => gop.find((frame) => frame.track === track) ?? []);
    if (firsts.length > 0) return Math.min(...firsts.map(secondsOf));
    const last = this.#stream.gop.at(-1);
    return last ? secondsOf(last) : (this.#utc.secondsAt(this.#options.clock.utc()) ?? 0);
  }

  /** Appends the packets of the frames to `out` in their order. Returns the first sequence number of each lane. */
  #replay(gop: readonly Frame[], out: Chunk[]): readonly number[] {
    const replays = this.#lanes.map((lane) => lane.replay(gop.filter(({ track }) => track === lane.track)));
    const at = replays.map(() => 0);
    for (const { track } of gop) {
      const index = this.#lanes.findIndex((lane) => lane.track === track);
      const chunk = replays[index]?.chunks[at[index]!++];
      if (chunk) out.push(chunk);
    }
    return replays.map(({ firstSequence }) => firstSequence);
  }

  /** Tells where RTP time of every track stands now, by one clock, so that viewers can align the tracks. */
  #report(seats: Iterable<Seat>): void {
    const utc = this.#options.clock.utc();
    const seconds = this.#utc.secondsAt(utc);
    if (seconds === undefined) return;
    const reports = this.#lanes.map((lane) => this.#reportOf(lane, utc, seconds));
    for (const seat of seats) {
      if (seat.backlog) continue;
      seat.owed = false;
      for (const [trackIndex, chunk] of reports.entries()) seat.viewer.packets(chunk, trackIndex, false);
    }
  }

  #reportOf(lane: Lane, utc: number, seconds: number): Buffer {
    const { ssrc, packets, octets, channel } = lane.writer;
    const facts = { ssrc, timestamp: lane.rtpTime(seconds), packets, octets };
    const report = writeSenderReport(facts, utc, this.#options.cname ?? 'nightjar');
    const chunk = Buffer.allocUnsafe(INTERLEAVED_HEADER + report.length);
    chunk[0] = 0x24;
    chunk[1] = channel + 1;
    chunk.writeUInt16BE(report.length, 2);
    report.copy(chunk, INTERLEAVED_HEADER);
    return chunk;
  }
}

function secondsOf({ pts, track }: Frame): number {
  return pts / track.format.clockRate;
}

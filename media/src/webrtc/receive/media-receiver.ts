import { readRtcp, writeReport } from '../../rtp/index.ts';
import type { Clock } from '../../stream/index.ts';
import type { PeerTransport } from '../transport/index.ts';
import { type IncomingFormat, IncomingTrack } from './incoming-track.ts';
import { estimate, nack, pictureLoss } from './reports.ts';

const REPORT_INTERVAL = 1_000;
/** Milliseconds between two requests for a key frame: it has to be made and sent first. */
const REFRESH_INTERVAL = 500;
/** Bits per second that a publisher may take; browsers stay below by themselves. */
const MAX_BITRATE = 20_000_000;
const SENDER_REPORT = 200;

export interface MediaReceiverOptions {
  readonly transport: Pick<PeerTransport, 'sendRtcp'>;
  readonly clock: Pick<Clock, 'after' | 'every' | 'monotonic'>;
  /** Ours in reports. */
  readonly ssrc: number;
  readonly cname: string;
  readonly tracks: readonly IncomingFormat[];
  /** The packets of each track in order, and the sender reports of its source. */
  readonly onRtp: (trackIndex: number, packet: Buffer) => void;
  readonly onReport: (trackIndex: number, report: Buffer) => void;
}

export interface ReceiverFigures {
  readonly bytes: number;
  readonly packets: number;
  readonly repaired: number;
  readonly lost: number;
}

/** Receives the media of one peer: order, repair, key frames when something is lost, reports. */
export class MediaReceiver {
  readonly #options: MediaReceiverOptions;
  readonly #tracks: readonly IncomingTrack[];
  readonly #byType = new Map<number, IncomingTrack>();
  readonly #byRtx = new Map<number, IncomingTrack>();
  #stopReports: (() => void) | undefined;
  #refreshed = Number.NEGATIVE_INFINITY;

  constructor(options: MediaReceiverOptions) {
    const { clock, tracks, onRtp } = options;
    this.#options = options;
    this.#tracks = tracks.map((format, index) => {
      const track = new IncomingTrack({
        format,
        clock,
        ask: (media, sequences) => options.transport.sendRtcp(nack(options.ssrc, media, sequences)),
        deliver: (packet) => onRtp(index, packet),
        onGap: () => this.refresh(),
      });
      this.#byType.set(format.payloadType, track);
      if (format.rtx !== undefined) this.#byRtx.set(format.rtx, track);
      return track;
    });
  }

  get figures(): ReceiverFigures {
    const sum = { bytes: 0, packets: 0, repaired: 0, lost: 0 };
    for (const { bytes, packets, repaired, lost } of this.#tracks) {
      sum.bytes += bytes;
      sum.packets += packets;
      sum.repaired += repaired;
      sum.lost += lost;
    }
    return sum;
  }

  /** The transport is connected. */
  start(): void {
    this.#stopReports = this.#options.clock.every(REPORT_INTERVAL, () => this.#report());
  }

  /** Takes an authentic RTP packet, which must own its bytes; what was not negotiated is passed over. */
  rtp(packet: Buffer): void {
    const type = packet[1]! & 127;
    const track = this.#byType.get(type);
    if (track) track.rtp(packet);
    else this.#byRtx.get(type)?.rtx(packet);
  }

  /** Takes an authentic compound RTCP packet; what cannot be read ends it. */
  rtcp(b: Buffer, start: number, end: number): void {
    let at = start;
    while (at + 4 <= end && b[at]! >>> 6 === 2) {
      const next = at + 4 + b.readUInt16BE(at + 2) * 4;
      if (next > end) return;
      if (b[at + 1] === SENDER_REPORT && next - at >= 28) this.#senderReport(b.subarray(at, next));
      at = next;
    }
  }

  /** Asks for a key frame of the picture, at most every 500 ms. */
  refresh(): void {
    const now = this.#options.clock.monotonic();
    if (now - this.#refreshed < REFRESH_INTERVAL) return;
    for (const { format, reception } of this.#tracks) {
      if (format.kind !== 'video' || !format.pli || !reception) continue;
      this.#refreshed = now;
      this.#options.transport.sendRtcp(pictureLoss(this.#options.ssrc, reception.ssrc));
    }
  }

  close(): void {
    this.#stopReports?.();
    for (const track of this.#tracks) track.close();
  }

  #senderReport(packet: Buffer): void {
    const { report } = readRtcp(packet, 0, packet.length);
    const index = this.#tracks.findIndex(({ reception }) => reception && reception.ssrc === report?.ssrc);
    if (!report || index < 0) return;
    this.#tracks[index]!.reception?.senderReport(report.ntp, this.#options.clock.monotonic());
    this.#options.onReport(index, packet);
  }

  #report(): void {
    const { ssrc, cname, clock, transport } = this.#options;
    const receptions = this.#tracks.flatMap(({ reception }) => reception ?? []);
    if (receptions.length === 0) return;
    const reports = receptions.map((one) => writeReport(ssrc, cname, one.block(clock.monotonic())));
    const sources = receptions.map((one) => one.ssrc);
    for (const report of reports.slice(1)) transport.sendRtcp(report);
    transport.sendRtcp(Buffer.concat([reports[0]!, estimate(ssrc, MAX_BITRATE, sources)]));
  }
}

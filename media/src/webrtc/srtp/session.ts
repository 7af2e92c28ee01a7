import { AbreastSealer, canSealAbreast } from './abreast/index.ts';
import { ENCRYPTED, RTCP_CLEAR, type RtcpCipher, type RtpCipher } from './cipher.ts';
import { CmRtcp, CmRtp } from './cm.ts';
import { deriveKeys } from './derivation.ts';
import { GcmRtcp, GcmRtp } from './gcm.ts';
import type { SrtpMaster, SrtpProfile } from './profile.ts';
import { headerLength, type LentPackets, type PacketRun, together, writeHeader } from './run.ts';
import { guessIndex, ReplayWindow } from './source.ts';

const RTP_WINDOW = 128;
const RTCP_WINDOW = 64;
/** Sources of one peer: a few tracks with their repair streams; more is an attack on our memory. */
const MAX_SOURCES = 32;
const MAX_RTCP_INDEX = 0x7fffffff;
const RTP_HEADER = 12;

function ciphersOf(profile: SrtpProfile, master: SrtpMaster): { rtp: RtpCipher; rtcp: RtcpCipher } {
  const [rtp, rtcp] = [deriveKeys(master, 'rtp'), deriveKeys(master, 'rtcp')];
  return profile === 'AEAD_AES_128_GCM'
    ? { rtp: new GcmRtp(rtp), rtcp: new GcmRtcp(rtcp) }
    : { rtp: new CmRtp(rtp), rtcp: new CmRtcp(rtcp) };
}

/**
 * What we take, the cheapest first: abreast a packet of a frame costs a third in counter mode of what GCM costs
 * alone, and GCM less than counter mode does alone.
 */
export function preferredProfiles(): SrtpProfile[] {
  return canSealAbreast()
    ? ['AES128_CM_HMAC_SHA1_80', 'AEAD_AES_128_GCM']
    : ['AEAD_AES_128_GCM', 'AES128_CM_HMAC_SHA1_80'];
}

/** Protects what we send to one peer. */
export class SrtpSender {
  readonly #rtp: RtpCipher;
  readonly #rtcp: RtcpCipher;
  /** Seals runs; undefined where packets are sealed one by one. */
  readonly #abreast: AbreastSealer | undefined;
  readonly #sources = new Map<number, ReplayWindow>();
  #rtcpIndex = 0;

  constructor(profile: SrtpProfile, master: SrtpMaster) {
    const { rtp, rtcp } = ciphersOf(profile, master);
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    if (profile === 'AES128_CM_HMAC_SHA1_80') this.#abreast = AbreastSealer.of(deriveKeys(master, 'rtp'));
  }

  /**
   * The protected packet in parts, in order; undefined for a sequence number that its source has used already:
   * the same nonce twice would give the key away (RFC 7714 8.4). `header` whole, then `lead`, then `payload`.
   */
  rtp(header: Buffer, payload: Buffer, lead?: Buffer): Buffer[] | undefined {
    const ssrc = header.readUInt32BE(8);
    const source = this.#source(ssrc);
    const index = guessIndex(source.highest, header.readUInt16BE(2));
    if (index < 0 || !source.isFresh(index)) return undefined;
    source.take(index);
    return this.#rtp.seal(header, lead, payload, ssrc, index);
  }

  /**
   * Gives `take` the protected packets of a run, in one call or several; those with a number that their source has
   * used already are left out.
   */
  run(run: PacketRun, take: (packets: LentPackets) => void): void {
    const abreast = this.#abreast?.takes(run) ? this.#abreast : undefined;
    const source = this.#source(run.ssrc);
    const first = guessIndex(source.highest, run.sequence);
    // Whoever goes on behind its highest number has used none of the run's.
    if (!abreast || first <= source.highest) {
      this.#oneByOne(run, take);
      return;
    }
    for (let i = 0; i < run.payloads.length; i++) source.take(first + i);
    abreast.seal(run, first, take);
  }

  /**
   * A packet that was sent before, once more. Header and payload must be the very bytes of then: others under the
   * same nonce would give the key away (RFC 7714 8.4). Undefined for a number that its source has not reached.
   */
  again(header: Buffer, payload: Buffer): Buffer[] | undefined {
    const ssrc = header.readUInt32BE(8);
    const highest = this.#sources.get(ssrc)?.highest ?? -1;
    const index = guessIndex(highest, header.readUInt16BE(2));
    if (index < 0 || index > highest) return undefined;
    return this.#rtp.seal(header, undefined, payload, ssrc, index);
  }

  #oneByOne(run: PacketRun, take: (packets: LentPackets) => void): void {
    const sealed = run.payloads.flatMap(({ data }, i) => {
      const header = Buffer.allocUnsafe(headerLength(run, i));
      writeHeader(header, 0, run, i);
      const parts = this.rtp(header, data);
      return parts ? [parts] : [];
    });
    if (sealed.length > 0) take(together(sealed));
  }

  #source(ssrc: number): ReplayWindow {
    const known = this.#sources.get(ssrc);
    if (known) return known;
    const made = new ReplayWindow(RTP_WINDOW);
    this.#sources.set(ssrc, made);
    return made;
  }

  /** One compound RTCP packet, protected; undefined when the index is used up (RFC 3711 9.2). */
  rtcp(packet: Buffer): Buffer | undefined {
    if (this.#rtcpIndex > MAX_RTCP_INDEX) return undefined;
    return this.#rtcp.seal(packet, packet.readUInt32BE(4), this.#rtcpIndex++);
  }
}

/** Why packets were not taken, and how many. */
export interface SrtpRefusals {
  /** Too short or no RTP. */
  malformed: number;
  /** Came before, or is too old to tell. */
  replayed: number;
  /** The tag does not hold. */
  forged: number;
  /** Of more sources than one peer may have. */
  crowded: number;
}

/** Opens what one peer sends. Never throws: a packet that is not taken gives -1 and is counted. */
export class SrtpReceiver {
  readonly refused: SrtpRefusals = { malformed: 0, replayed: 0, forged: 0, crowded: 0 };
  readonly #rtp: RtpCipher;
  readonly #rtcp: RtcpCipher;
  readonly #rtpSources = new Map<number, ReplayWindow>();
  readonly #rtcpSources = new Map<number, ReplayWindow>();

  constructor(profile: SrtpProfile, master: SrtpMaster) {
    const { rtp, rtcp } = ciphersOf(profile, master);
    this.#rtp = rtp;
    this.#rtcp = rtcp;
  }

  /** Opens the RTP packet in `[start, end)` in place and returns its new end. */
  rtp(b: Buffer, start: number, end: number): number {
    const payload = payloadAt(b, start, end);
    if (payload < 0) return this.#refuse('malformed');
    const ssrc = b.readUInt32BE(start + 8);
    const known = this.#rtpSources.get(ssrc);
    const index = guessIndex(known ? known.highest : -1, b.readUInt16BE(start + 2));
    if (index < 0 || known?.isFresh(index) === false) return this.#refuse('replayed');
    if (!known && this.#rtpSources.size >= MAX_SOURCES) return this.#refuse('crowded');
    const stop = this.#rtp.open(b, start, payload, end, ssrc, index);
    if (stop < 0) return this.#refuse('forged');
    remember(this.#rtpSources, ssrc, known, RTP_WINDOW).take(index);
    return stop;
  }

  /** Opens the compound RTCP packet in `[start, end)` in place and returns its new end. */
  rtcp(b: Buffer, start: number, end: number): number {
    const { overhead } = this.#rtcp;
    if (end - start < RTCP_CLEAR + overhead || b[start]! >>> 6 !== 2) return this.#refuse('malformed');
    const ssrc = b.readUInt32BE(start + 4);
    const word = b.readUInt32BE(end - this.#rtcp.indexFromEnd);
    // Every WebRTC peer encrypts RTCP (RFC 8827 6.5).
    if (word < ENCRYPTED) return this.#refuse('malformed');
    const index = word - ENCRYPTED;
    const known = this.#rtcpSources.get(ssrc);
    if (known?.isFresh(index) === false) return this.#refuse('replayed');
    if (!known && this.#rtcpSources.size >= MAX_SOURCES) return this.#refuse('crowded');
    const stop = this.#rtcp.open(b, start, end, ssrc, index);
    if (stop < 0) return this.#refuse('forged');
    remember(this.#rtcpSources, ssrc, known, RTCP_WINDOW).take(index);
    return stop;
  }

  #refuse(why: keyof SrtpRefusals): -1 {
    this.refused[why]++;
    return -1;
  }
}

function remember(
  sources: Map<number, ReplayWindow>,
  ssrc: number,
  known: ReplayWindow | undefined,
  size: number,
): ReplayWindow {
  if (known) return known;
  const made = new ReplayWindow(size);
  sources.set(ssrc, made);
  return made;
}

/** Offset of the payload behind CSRCs and extension (RFC 3550 5.1, 5.3.1); -1 when it is no RTP. */
function payloadAt(b: Buffer, start: number, end: number): number {
  if (end - start < RTP_HEADER || b[start]! >>> 6 !== 2) return -1;
  const first = b[start]!;
  let at = start + RTP_HEADER + (first & 15) * 4;
  if (first & 16) {
    if (at + 4 > end) return -1;
    at += 4 + b.readUInt16BE(at + 2) * 4;
  }
  return at <= end ? at : -1;
}

import {
  type AacFormat,
  adtsHeader,
  type Format,
  type H264Format,
  parseAudioConfig,
} from '../codecs/index.ts';
import { Packetizer } from './packetizer.ts';
import { pesPacket } from './pes.ts';
import { PID, patUnit, pmtUnit } from './tables.ts';

/** One access unit; times in ticks of its track's clock. */
export interface TsSample {
  readonly dts: number;
  readonly pts: number;
  readonly key: boolean;
  /** Picture: NAL units, each behind 4 bytes of length. Sound: one raw AAC access unit. */
  readonly data: Buffer;
}

export interface TsTracks {
  readonly video?: { readonly format: H264Format; readonly samples: readonly TsSample[] };
  readonly audio?: { readonly format: AacFormat; readonly samples: readonly TsSample[] };
}

const CLOCK = 90_000;
const WRAP = 2 ** 33;
/** Ticks by which everything is shown later than the clock reference says, so that a decoder has it in time. */
const DELAY = 9_000;
const START_CODE = Buffer.from([0, 0, 0, 1]);
/** An access unit delimiter that allows any slice (ITU-T H.264 7.3.2.4); Apple's players want one. */
const DELIMITER = Buffer.from([0, 0, 0, 1, 0x09, 0xf0]);
const [VIDEO_ID, AUDIO_ID] = [0xe0, 0xc0];
/** Ticks of sound that go into one PES packet: one a frame would be half stuffing. */
const AUDIO_PES = 0.1 * CLOCK;

interface Unit {
  readonly dts: number;
  readonly packetizer: Packetizer;
  readonly pes: Buffer;
  readonly key: boolean;
  readonly clock: boolean;
}

/**
 * A whole MPEG transport stream segment (ISO/IEC 13818-1) of H.264 and AAC, for players that know no fMP4. Each
 * begins with its tables; its counters do not continue those of the one before, and say so.
 */
export function tsSegment({ video, audio }: TsTracks): Buffer {
  const streams = [
    ...(video ? [{ pid: PID.video, type: streamTypeOf(video.format) }] : []),
    ...(audio ? [{ pid: PID.audio, type: streamTypeOf(audio.format) }] : []),
  ];
  const packets: Buffer[] = [];
  new Packetizer(PID.pat).write(packets, patUnit(), { randomAccess: false, discontinuity: true });
  new Packetizer(PID.pmt).write(packets, pmtUnit(streams), { randomAccess: false, discontinuity: true });
  const units = [...(video ? pictures(video) : []), ...(audio ? sounds(audio, video === undefined) : [])];
  units.sort((a, b) => a.dts - b.dts);
  const begun = new Set<Packetizer>();
  for (const { dts, packetizer, pes, key, clock } of units) {
    const discontinuity = !begun.has(packetizer);
    begun.add(packetizer);
    const pcr = clock ? { pcr: dts % WRAP } : {};
    const adapts = clock || key || discontinuity;
    packetizer.write(packets, pes, adapts ? { ...pcr, randomAccess: key, discontinuity } : undefined);
  }
  return Buffer.concat(packets);
}

function streamTypeOf({ codec }: Format): number {
  if (codec.mpegts === undefined) throw new TypeError(`${codec.name} is not carried in a transport stream`);
  return codec.mpegts;
}

function pictures({ format, samples }: NonNullable<TsTracks['video']>): Unit[] {
  const packetizer = new Packetizer(PID.video);
  const sets = format.parameterSets.flatMap((set) => [START_CODE, set]);
  return samples.map(({ dts, pts, key, data }) => {
    const payload = [DELIMITER, ...(key ? sets : []), ...annexB(data)];
    const pes = pesPacket(
      VIDEO_ID,
      stampOf(pts, format.clockRate) + DELAY,
      stampOf(dts, format.clockRate) + DELAY,
      payload,
    );
    return { dts: stampOf(dts, format.clockRate), packetizer, pes, key, clock: true };
  });
}

function sounds({ format, samples }: NonNullable<TsTracks['audio']>, clock: boolean): Unit[] {
  const packetizer = new Packetizer(PID.audio);
  const config = parseAudioConfig(format.record);
  const units: Unit[] = [];
  let held: Buffer[] = [];
  let from = 0;
  const flush = (): void => {
    if (held.length === 0) return;
    const pes = pesPacket(AUDIO_ID, from + DELAY, from + DELAY, held);
    units.push({ dts: from, packetizer, pes, key: true, clock });
    held = [];
  };
  for (const { dts, data } of samples) {
    const time = stampOf(dts, format.clockRate);
    if (held.length > 0 && time - from >= AUDIO_PES) flush();
    if (held.length === 0) from = time;
    held.push(adtsHeader(config, data.length), data);
  }
  flush();
  return units;
}

const stampOf = (time: number, clockRate: number): number => Math.round((time * CLOCK) / clockRate) % WRAP;

/** Lengths become start codes (ITU-T H.264 annex B). A length beyond the end ends the picture. */
function annexB(data: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + 4 <= data.length) {
    const end = at + 4 + data.readUInt32BE(at);
    if (end > data.length) break;
    parts.push(START_CODE, data.subarray(at + 4, end));
    at = end;
  }
  return parts;
}

import { h264Format } from '../../codecs/index.ts';
import { type AmfObject, EcmaArray, TAG, type TagSink, writeAmf } from '../../flv/index.ts';

export const SPS = Buffer.from('6742c01eda0280f6c044000003000400000300c83c58ba80', 'hex');
export const PPS = Buffer.from('68ce0fc8', 'hex');
/** A second picture parameter set: another format. */
export const OTHER_PPS = Buffer.from('68ce3c80', 'hex');

const withLength = (nal: Buffer): Buffer => {
  const out = Buffer.alloc(4 + nal.length);
  out.writeUInt32BE(nal.length);
  nal.copy(out, 4);
  return out;
};

/** NAL units as a message holds them. */
export const units = (...nals: readonly Buffer[]): Buffer => Buffer.concat(nals.map(withLength));

/** A slice of a picture: first_mb_in_slice 0, then bytes of no meaning. */
export const slice = (key: boolean, bytes = 40): Buffer =>
  Buffer.concat([Buffer.from([key ? 0x65 : 0x41, 0x88]), Buffer.alloc(bytes, 0x5a)]);

/** Messages of H.264 and AAC, by hand. */
export const film = {
  record: (pps = PPS): Buffer =>
    Buffer.concat([Buffer.from('1700000000', 'hex'), h264Format([SPS], [pps]).record]),
  picture: (key: boolean, body = units(slice(key)), offset = 0): Buffer => {
    const head = Buffer.from([key ? 0x17 : 0x27, 1, 0, 0, 0]);
    head.writeIntBE(offset, 2, 3);
    return Buffer.concat([head, body]);
  },
  /** AAC-LC, 44.1 kHz, stereo. */
  soundRecord: (): Buffer => Buffer.from('af001210', 'hex'),
  sound: (): Buffer => Buffer.concat([Buffer.from([0xaf, 1]), Buffer.alloc(30, 0x21)]),
  metadata: (members: AmfObject | null): Buffer =>
    writeAmf('@setDataFrame', 'onMetaData', members === null ? null : new EcmaArray(members)),
};

/** Gives a message to a sink. */
export function tell(sink: TagSink, type: keyof typeof TAG, timestamp: number, bytes: Buffer): void {
  // Not at the beginning of its buffer, as on the wire.
  const lent = Buffer.concat([Buffer.alloc(7, 0xee), bytes, Buffer.alloc(5, 0xee)]);
  sink.tag(TAG[type], timestamp, lent, 7, 7 + bytes.length);
  lent.fill(0xdd);
}

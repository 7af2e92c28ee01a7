import { splitAnnexB } from '@nightjar/media/codecs';
import { loadLibrary } from '../library.ts';
import { H264Encoder } from './encoder.ts';
import { type Kind, kindOf } from './kinds.ts';

// Codes four pictures by one coder, in a process that may crash of it: `try-kind.ts NAME`. It ends with 0 when each
// came out at once, and those that were to be key frames can be decoded alone.

/** nal_unit_type of ITU-T H.264 table 7-1. */
const [IDR, SPS, PPS] = [5, 7, 8];
const SIZE = { width: 640, height: 360 };
/** Which of the pictures are asked to be key frames. */
const KEYS = [true, false, false, true];

async function fits(kind: Kind): Promise<boolean> {
  const av = loadLibrary();
  const tally = { decoders: 0, decoded: 0, encoded: 0 };
  const encoder = await H264Encoder.open(av, tally, { ...SIZE, kind });
  const frame = new av.lib.Frame();
  frame.alloc();
  frame.width = SIZE.width;
  frame.height = SIZE.height;
  frame.format = av.constants.AV_PIX_FMT_YUV420P;
  if (frame.allocBuffer() < 0) return false;
  for (const [i, key] of KEYS.entries()) {
    if (frame.makeWritable() < 0) return false;
    for (const plane of frame.data ?? []) plane.fill(16 + 40 * i);
    const coded = await encoder.encode(frame, i / 25, key);
    const types = splitAnnexB(coded.data).map((nal) => nal[0]! & 0x1f);
    const alone = [IDR, SPS, PPS].every((type) => types.includes(type));
    if (coded.key !== key || alone !== key) return false;
  }
  return true;
}

const kind = kindOf(process.argv[2] ?? '');
// What throws says as much as what answers no.
const good = kind !== undefined && (await fits(kind).catch(() => false));
process.exit(good ? 0 : 1);

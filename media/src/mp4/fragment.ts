import { ByteWriter } from '../bytes/index.ts';
import { FRAME_HEADROOM, type Frame, type Restore, type Stamp } from '../stream/index.ts';

/** Where the fields of the fragment head lie; moof 104 bytes, then the mdat header (ISO/IEC 14496-12 8.8). */
const AT = {
  sequence: 20,
  trackId: 44,
  dtsHigh: 60,
  dtsLow: 64,
  duration: 88,
  size: 92,
  flags: 96,
  offset: 100,
  mdat: 104,
};

/** sample_depends_on 2, sync; sample_depends_on 1, sample_is_non_sync_sample (ISO/IEC 14496-12 8.8.3.1). */
const SYNC = 0x02000000;
const NON_SYNC = 0x01010000;
const DEFAULT_BASE_IS_MOOF = 0x020000;
/** data-offset, sample duration, size, flags and composition time offset present. */
const TRUN_FLAGS = 0x000f01;

/** A longer step between two frames is a hole in the timeline, not a long frame. */
const MAX_DURATION_SECONDS = 10;
const TWO_32 = 2 ** 32;

const template = headTemplate();
if (template.length !== FRAME_HEADROOM) throw new Error(`fragment head is ${template.length} bytes`);

function headTemplate(): Buffer {
  const out = new ByteWriter();
  out.box('moof', () => {
    out.fullBox('mfhd', 0, 0, () => out.u32(0));
    out.box('traf', () => {
      out.fullBox('tfhd', 0, DEFAULT_BASE_IS_MOOF, () => out.u32(0));
      out.fullBox('tfdt', 1, 0, () => out.u64(0));
      out.fullBox('trun', 1, TRUN_FLAGS, () => out.u32(1).u32(FRAME_HEADROOM).zeros(16));
    });
  });
  out.box('mdat', () => undefined);
  return out.finish();
}

/**
 * Makes `[frame.start, frame.end)` a whole one-sample movie fragment, in place, and settles the duration of
 * the frame before it on the same track. Sequence numbers count per track. Allocates nothing.
 */
export const stampFragment: Stamp = (frame, previous) => {
  const buffer = frame.slab.buffer;
  const at = frame.start;
  const size = frame.end - frame.payload;
  let sequence = 1;
  if (previous !== undefined) {
    const before = previous.slab.buffer;
    const alive = holdsHead(previous);
    if (alive) sequence = get32(before, previous.start + AT.sequence) + 1;
    const duration = frame.dts - previous.dts;
    if (duration > 0 && duration <= MAX_DURATION_SECONDS * frame.track.format.clockRate) {
      previous.duration = duration;
      if (alive) put32(before, previous.start + AT.duration, duration);
    }
  }
  template.copy(buffer, at);
  put32(buffer, at + AT.sequence, sequence);
  put32(buffer, at + AT.trackId, frame.track.id);
  put32(buffer, at + AT.dtsHigh, Math.floor(frame.dts / TWO_32));
  put32(buffer, at + AT.dtsLow, frame.dts);
  put32(buffer, at + AT.duration, frame.duration);
  put32(buffer, at + AT.size, size);
  put32(buffer, at + AT.flags, frame.key ? SYNC : NON_SYNC);
  put32(buffer, at + AT.offset, frame.pts - frame.dts);
  put32(buffer, at + AT.mdat, size + 8);
};

/** Bytes of the one-sample fragment at `at`. */
export function fragmentSize(buffer: Buffer, at: number): number {
  return AT.mdat + get32(buffer, at + AT.mdat);
}

/** What the head of a one-sample fragment says; times in ticks. */
export interface FragmentHead {
  readonly dts: number;
  readonly pts: number;
  readonly duration: number;
  readonly key: boolean;
  /** Where its sample lies in the buffer. */
  readonly payload: number;
  readonly end: number;
}

/** Reads the head of the one-sample fragment at `at`, as `stampFragment` wrote it. */
export function fragmentHead(buffer: Buffer, at: number): FragmentHead {
  const dts = get32(buffer, at + AT.dtsHigh) * TWO_32 + get32(buffer, at + AT.dtsLow);
  return {
    dts,
    pts: dts + (get32(buffer, at + AT.offset) | 0),
    duration: get32(buffer, at + AT.duration),
    key: get32(buffer, at + AT.flags) === SYNC,
    payload: at + FRAME_HEADROOM,
    end: at + fragmentSize(buffer, at),
  };
}

/**
 * Moves the decode time of the one-sample fragment at `at` back by `ticks`: a recorded file begins at 0, which
 * many players want, while its bytes are those of the live stream.
 */
export function rebaseFragment(buffer: Buffer, at: number, ticks: number): void {
  const dts = get32(buffer, at + AT.dtsHigh) * TWO_32 + get32(buffer, at + AT.dtsLow) - ticks;
  put32(buffer, at + AT.dtsHigh, Math.floor(dts / TWO_32));
  put32(buffer, at + AT.dtsLow, dts);
}

/**
 * Makes the head of a frame that was read back from a recording what it was live: time counted from the stream's
 * zero again. False when other bytes than this frame's fragment lie there.
 */
export const restoreFragment: Restore = (frame) => {
  const { buffer } = frame.slab;
  if (frame.start + FRAME_HEADROOM > frame.end || !isHeadOf(frame)) return false;
  put32(buffer, frame.start + AT.dtsHigh, Math.floor(frame.dts / TWO_32));
  put32(buffer, frame.start + AT.dtsLow, frame.dts);
  put32(buffer, frame.start + AT.duration, frame.duration);
  return true;
};

/**
 * Nobody need have retained the slab of the frame before: it may be in other hands by now. Only bytes that
 * still are the head of that very frame are touched.
 */
function holdsHead(frame: Frame): boolean {
  return get32(frame.slab.buffer, frame.start + AT.dtsLow) === frame.dts >>> 0 && isHeadOf(frame);
}

/** Whether a head of a frame of this track and size lies there, whatever its time. */
function isHeadOf(frame: Frame): boolean {
  const buffer = frame.slab.buffer;
  const at = frame.start;
  return (
    get32(buffer, at) === FRAME_HEADROOM - 8 &&
    get32(buffer, at + AT.trackId) === frame.track.id &&
    get32(buffer, at + AT.size) === frame.end - frame.payload &&
    get32(buffer, at + AT.mdat) === frame.end - frame.payload + 8
  );
}

function put32(buffer: Buffer, at: number, value: number): void {
  buffer[at] = value >>> 24;
  buffer[at + 1] = value >>> 16;
  buffer[at + 2] = value >>> 8;
  buffer[at + 3] = value;
}

function get32(buffer: Buffer, at: number): number {
  return ((buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!) >>> 0;
}

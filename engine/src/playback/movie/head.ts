import { ByteWriter } from '@nightjar/media/bytes';
import { initSegment } from '@nightjar/media/mp4';
import type { Track } from '@nightjar/media/stream';

/** A track of a movie and the ticks at its beginning that are decoded and not shown. */
export interface MovieTrack {
  readonly track: Track;
  readonly hidden: number;
}

const BOX_HEAD = 8;
/** Of `tkhd`, behind the head of its `trak` (ISO/IEC 14496-12 8.3.2). */
const TRACK_ID_AT = BOX_HEAD + 12;

/**
 * `ftyp` and `moov` of a fragmented movie: an edit list hides what precedes the start (ISO/IEC 14496-12 8.6.6),
 * and `mehd` tells the length, in milliseconds.
 */
export function movieHead(tracks: readonly MovieTrack[], duration: number): Buffer {
  const init = initSegment(tracks.map(({ track }) => track));
  const ftypEnd = init.readUInt32BE(0);
  const out = new ByteWriter(init.length + 128);
  out.bytes(init.subarray(0, ftypEnd));
  out.box('moov', () => {
    for (const child of boxes(init.subarray(ftypEnd + BOX_HEAD))) moovChild(out, child, tracks, duration);
  });
  return out.finish();
}

function moovChild(out: ByteWriter, child: Buffer, tracks: readonly MovieTrack[], duration: number): void {
  const type = child.toString('latin1', 4, 8);
  const payload = child.subarray(BOX_HEAD);
  if (type === 'mvex') {
    out.box(type, () => {
      out.fullBox('mehd', 1, 0, () => out.u64(duration)).bytes(payload);
    });
  } else if (type === 'trak') {
    const tkhdEnd = payload.readUInt32BE(0);
    const id = payload.readUInt32BE(TRACK_ID_AT);
    const hidden = tracks.find(({ track }) => track.id === id)?.hidden ?? 0;
    out.box(type, () => {
      out.bytes(payload.subarray(0, tkhdEnd));
      editList(out, hidden);
      out.bytes(payload.subarray(tkhdEnd));
    });
  } else out.bytes(child);
}

/** One edit at normal speed; its duration 0 means all that the fragments bring. */
function editList(out: ByteWriter, mediaTime: number): void {
  out.box('edts', () => {
    out.fullBox('elst', 1, 0, () => out.u32(1).u64(0).u64(mediaTime).u32(0x10000));
  });
}

function boxes(buffer: Buffer): Buffer[] {
  const list: Buffer[] = [];
  for (let at = 0; at < buffer.length; at += buffer.readUInt32BE(at)) {
    list.push(buffer.subarray(at, at + buffer.readUInt32BE(at)));
  }
  return list;
}

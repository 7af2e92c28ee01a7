import { MalformedError } from '../bytes/index.ts';
import { DESCRIPTION_TYPE } from './init.ts';
import { MFRO_BYTES, mfraSize, readMfra, type TrackIndex } from './mfra.ts';
import { type Mp4Track, readMoov } from './moov.ts';
import { type RandomAccess, type TopBox, topBox, Window, whole } from './window.ts';

/** What a file says before its first fragment, and behind its last when it was closed. */
export interface Mp4File {
  readonly tracks: readonly Mp4Track[];
  /** The file's description of itself, as `initSegment` got it. */
  readonly description: Buffer | undefined;
  /** Where the fragments begin. */
  readonly initEnd: number;
  /** The key frames by track; present when the file was closed. */
  readonly index: readonly TrackIndex[] | undefined;
}

/** No box is read whole beyond these sizes, whatever it declares. */
const MAX_MOOV = 16 * 1024 * 1024;
const MAX_MFRA = 64 * 1024 * 1024;
const MAX_DESCRIPTION = 1024 * 1024;
const MAX_BOXES_BEFORE_MOOV = 64;

/**
 * Reads the tracks, and the index of a closed file; costs two or three reads however long the file is. Throws
 * MalformedError when there is no whole `moov`.
 */
export async function openMp4(port: RandomAccess): Promise<Mp4File> {
  const window = new Window(port, 16 * 1024);
  let offset = 0;
  let description: Buffer | undefined;
  for (let i = 0; i < MAX_BOXES_BEFORE_MOOV; i++) {
    const box = await topBox(window, offset);
    if (!box) break;
    const end = offset + box.size;
    if (box.type === 'moov') {
      const tracks = readMoov(await whole(window, box, MAX_MOOV));
      return { tracks, description, initEnd: end, index: await readIndex(port, end) };
    }
    if (box.type === 'uuid')
      description = readDescription(await head(window, box, MAX_DESCRIPTION)) ?? description;
    offset = end;
  }
  throw new MalformedError('no whole moov', offset);
}

/** A `uuid` box if it is small enough to be a description, nothing otherwise. */
async function head(window: Window, box: TopBox, limit: number): Promise<Buffer> {
  return box.size > limit ? Buffer.alloc(0) : whole(window, box, limit);
}

function readDescription(box: Buffer): Buffer | undefined {
  if (box.length < 24 || DESCRIPTION_TYPE.compare(box, 8, 24) !== 0) return undefined;
  return Buffer.from(box.subarray(24));
}

/** The `mfra` that the `mfro` at the very end points back to; undefined when the file was not closed. */
async function readIndex(port: RandomAccess, initEnd: number): Promise<TrackIndex[] | undefined> {
  if (port.size < initEnd + MFRO_BYTES) return undefined;
  const size = mfraSize(await port.read(port.size - MFRO_BYTES, MFRO_BYTES));
  if (size === undefined || size > Math.min(MAX_MFRA, port.size - initEnd)) return undefined;
  try {
    return readMfra(await port.read(port.size - size, size));
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

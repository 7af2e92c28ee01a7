import { initSegment, type RandomAccess } from '@nightjar/media/mp4';

/** Raised when readers must treat files differently. */
const GENERATION = 1;

/** What a segment says about itself, so that the index can be made from files alone. */
export interface SegmentDescription {
  readonly streamId: string;
  /** UTC milliseconds of the first frame of the leading track, at which the file's time is 0. */
  readonly utc: number;
  /** The same moment in seconds of the stream's media clock, which goes on over segments. */
  readonly streamTime: number;
  /** The leading track. */
  readonly trackId: number;
  /** Its pictures are covered ones; what does not say so is clear. */
  readonly covered?: boolean | undefined;
}

/** The bytes of the `uuid` box: JSON, for people with a hex viewer. */
export function describeSegment({ streamId, utc, streamTime, trackId, covered }: SegmentDescription): Buffer {
  const start = new Date(utc).toISOString();
  return Buffer.from(
    JSON.stringify({
      format: 'nightjar-segment',
      generation: GENERATION,
      stream_id: streamId,
      start,
      stream_time: streamTime,
      track_id: trackId,
      ...(covered ? { covered } : {}),
    }),
  );
}

/** Undefined when the bytes are no description of ours. */
export function readDescription(bytes: Buffer): SegmentDescription | undefined {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value['format'] !== 'nightjar-segment') return undefined;
  const utc = Date.parse(String(value['start']));
  const [streamId, streamTime, trackId] = [value['stream_id'], value['stream_time'], value['track_id']];
  if (Number.isNaN(utc) || typeof streamId !== 'string') return undefined;
  if (typeof streamTime !== 'number' || typeof trackId !== 'number') return undefined;
  const covered = value['covered'] === true;
  return { streamId, utc, streamTime, trackId, ...(covered ? { covered } : {}) };
}

/** What every segment begins with; the size of the box after `ftyp` differs. */
const BEGINNING = initSegment([], { description: Buffer.alloc(0) });
const FTYP_END = BEGINNING.readUInt32BE(0);
const UUID_END = FTYP_END + 24;

/** Whether the file is what a first write of ours leaves when it is torn before its head is whole; or empty. */
export async function beginsLikeSegment(port: RandomAccess): Promise<boolean> {
  const bytes = await port.read(0, Math.min(port.size, UUID_END));
  return bytes.every((byte, at) => (at >= FTYP_END && at < FTYP_END + 4) || byte === BEGINNING[at]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

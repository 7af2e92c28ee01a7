/** User type of the box in which a segment describes itself (docs/design/storage.md). */
const DESCRIPTION = Buffer.from('8d1e5a6c2f0b4b7e9a3c6e696768746a', 'hex');

/** ISO 8601 of UTC milliseconds. */
export const at = (utc: number): string => new Date(Math.round(utc)).toISOString();

/** Name of a segment that begins at a whole second of UTC. */
export const nameAt = (utc: number): string =>
  `${at(utc).slice(0, 19).replaceAll(':', '-').replace('T', '_')}.mp4`;

/** The box behind `ftyp` that makes a fragmented MP4 a segment of a stream; `streamTime`: seconds of its media clock. */
export function description(streamId: string, start: number, streamTime = 0): Buffer {
  const about = { format: 'nightjar-segment', generation: 1, stream_id: streamId, start: at(start) };
  const text = Buffer.from(JSON.stringify({ ...about, stream_time: streamTime, track_id: 1 }));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + DESCRIPTION.length + text.length, 0);
  head.write('uuid', 4, 'latin1');
  return Buffer.concat([head, DESCRIPTION, text]);
}

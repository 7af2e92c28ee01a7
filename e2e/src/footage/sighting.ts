import { readClockBar } from '@nightjar/media/testing';
import { greyFrames } from './ffmpeg.ts';

const SIZE = { width: 1280, height: 720 };
const MINUTE = 60_000;

/** `ms` brought into -30 s..30 s: differences of two times of the minute. */
export function minuteDifference(ms: number): number {
  const rest = ((ms % MINUTE) + MINUTE) % MINUTE;
  return rest > MINUTE / 2 ? rest - MINUTE : rest;
}

/**
 * What the synthetic camera's clock shows in the last picture of `file`, in milliseconds of the minute;
 * rejects when the picture has no readable clock.
 */
export async function lastPictureTime(file: string): Promise<number> {
  // Seeks to the key frame at or before the last 0.1 s and decodes from there; sound may end later than pictures.
  let pictures = await greyFrames(file, SIZE, ['-sseof', '-0.1']);
  if (pictures.length === 0) pictures = await greyFrames(file, SIZE, ['-sseof', '-3']);
  const last = pictures.at(-1);
  const time = last && readClockBar({ data: last, ...SIZE });
  if (time === undefined)
    throw new Error(`${file}: no clock in its last picture (${pictures.length} decoded)`);
  return time;
}
